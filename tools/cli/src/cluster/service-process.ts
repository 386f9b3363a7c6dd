import type { ClientTls } from "@worldmodels/grpc-kit";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createWriteStream } from "node:fs";
import { fileURLToPath } from "node:url";
import type { ServiceName } from "./cluster-file.js";

/** A service as it is started: its program, and the flags that it gets. */
export interface ServicePlan {
  readonly name: ServiceName;
  readonly address: string;
  readonly flags: Readonly<Record<string, string>>;
  /** Added to this process's environment. */
  readonly env: Readonly<Record<string, string>>;
  /** What its health is asked with. */
  readonly tls: ClientTls | undefined;
  /** File that its output is added to. */
  readonly logFile: string;
}

/** The built program of a service, in this repository. */
export function serviceProgram(name: ServiceName): string {
  return fileURLToPath(new URL(`../../../../services/${name}/dist/main.js`, import.meta.url));
}

/**
 * Starts a service. It ends by itself when this process does, however that comes about: its standard input is a pipe from here.
 *
 * @param onEnd is told once how it ended
 */
export function startService(plan: ServicePlan, onEnd: (how: string) => void): ChildProcess {
  const flags = Object.entries({ listen: plan.address, ...plan.flags, stop_on_stdin_end: "true" });
  const args = flags.map(([name, value]) => `--${name.replaceAll("_", "-")}=${value}`);
  const log = createWriteStream(plan.logFile, { flags: "a" });
  // A full disk must not end what works; the service itself says so where it matters.
  log.on("error", () => undefined);
  const child = spawn(process.execPath, [serviceProgram(plan.name), ...args], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...plan.env },
    // Ctrl-C reaches the whole group in a terminal; who started the services decides when they stop.
    detached: true,
  });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  let told = false;
  const tell = (how: string) => {
    if (told) return;
    told = true;
    log.end();
    onEnd(how);
  };
  child.once("error", (error) => {
    tell(`could not be started: ${error.message}`);
  });
  child.once("close", (code, signal) => {
    tell(signal === null ? `ended with exit code ${code ?? "unknown"}` : `was killed by ${signal}`);
  });
  child.stdin.on("error", () => undefined);
  return child;
}
