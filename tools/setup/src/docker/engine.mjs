import { spawn } from "node:child_process";
import { existsSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { cacheFolder } from "../cache-folder.mjs";
import { step } from "../progress.mjs";
import { run, runOrThrow } from "../run.mjs";
import { installPlugins } from "./plugins.mjs";

/** How long a daemon that was just started may take to answer. */
const START_MS = 60_000;

/**
 * @typedef {object} Engine a Docker engine that answers, with compose and buildx
 * @property {boolean} started whether this process has started it
 * @property {() => Promise<void>} stop ends it, if this process has started it
 */

/**
 * A Docker engine with compose. Where there is none, and the machine is one that may be changed (see `mayInstall`), it is
 * installed from Debian's packages and started; its images and containers outlive it.
 *
 * @param {NodeJS.ProcessEnv} [environment]
 * @returns {Promise<Engine>}
 */
export async function ensureEngine(environment = process.env) {
  const problem = await engineProblem();
  if (problem === undefined) return { started: false, stop: () => Promise.resolve() };
  const objection = mayInstall(environment);
  if (objection !== undefined) {
    throw new Error(
      `${problem}. Install Docker Engine with its compose and buildx plugins, start it, and let this user use it ` +
        `(on Debian or Ubuntu: the group docker). It is not installed by itself: ${objection}.`,
    );
  }
  if ((await run("dockerd", ["--version"])).code !== 0) {
    await step("Installing Docker's engine", async () => {
      await runOrThrow("apt-get", ["update"]);
      const packages = ["docker.io", "iptables", "tini"];
      await runOrThrow("apt-get", ["install", "--yes", "--no-install-recommends", ...packages]);
    });
  }
  await installPlugins();
  const stop = (await run("docker", ["info"])).code === 0 ? undefined : await startDaemon();
  const still = await engineProblem();
  if (still !== undefined) throw new Error(`${still}, though it has been installed; see ${logFile()}`);
  return { started: stop !== undefined, stop: stop ?? (() => Promise.resolve()) };
}

/** @returns {Promise<string | undefined>} what is missing, without a full stop; undefined where all is there */
export async function engineProblem() {
  const info = await run("docker", ["info", "--format", "{{.ServerVersion}}"]);
  if (info.code === 127) return "there is no docker command here";
  if (info.code !== 0) return `Docker's engine does not answer (${info.output.trim().split("\n").at(-1)})`;
  for (const plugin of ["compose", "buildx"]) {
    const { code } = await run("docker", [plugin, "version"]);
    if (code !== 0) return `Docker has no ${plugin} plugin here`;
  }
  return undefined;
}

/**
 * Only a machine that is thrown away afterwards is changed: a Debian, as root, that says so by CI=true.
 *
 * @param {NodeJS.ProcessEnv} environment
 * @returns {string | undefined} why it may not; undefined where it may
 */
export function mayInstall(environment) {
  if (environment["CI"] !== "true")
    return "this machine does not say that it is a disposable one (by CI=true)";
  if (process.getuid?.() !== 0) return "this user is not root";
  const release = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  if (!/^ID=debian$/m.test(release)) return "this is no Debian";
  return undefined;
}

function logFile() {
  return join(cacheFolder(), "dockerd.log");
}

/** @returns {Promise<() => Promise<void>>} stops it */
async function startDaemon() {
  mkdirSync(cacheFolder(), { recursive: true });
  const log = openSync(logFile(), "a");
  return step("Starting Docker's engine", async () => {
    const daemon = spawn("dockerd", [], { stdio: ["ignore", log, log], detached: true });
    const ended = new Promise((resolve) => daemon.once("close", resolve));
    daemon.once("error", () => undefined);
    daemon.unref();
    const deadline = Date.now() + START_MS;
    while ((await run("docker", ["info"])).code !== 0) {
      if (daemon.exitCode !== null || Date.now() > deadline)
        throw new Error(`dockerd does not come to answer; see ${logFile()}`);
      await delay(250);
    }
    return async () => {
      // Or this process would end while it waits: nothing else may keep it.
      daemon.ref();
      daemon.kill("SIGTERM");
      await ended;
    };
  });
}
