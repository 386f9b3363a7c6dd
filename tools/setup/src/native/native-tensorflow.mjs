import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { withLock } from "../lock.mjs";
import { note, step } from "../progress.mjs";
import { runOrThrow } from "../run.mjs";
import {
  addonPath,
  LINKED_FOLDERS,
  linkedNative,
  linkNative,
  nativeFolder,
  recordIn,
  tfjsNodePackage,
} from "./layout.mjs";
import { buildFromWheel } from "./from-wheel.mjs";
import { installPrebuilt } from "./prebuilt.mjs";

/** @typedef {import("./layout.mjs").NativeRecord} NativeRecord */
/** @typedef {NativeRecord["source"]} Source */

/** How long a download or a build that failed late is not tried again. */
const REMEMBER_FAILURE_MS = 24 * 3600 * 1000;

/** @type {Record<Source, (staging: string) => Promise<string | undefined>>} */
const MAKERS = { prebuilt: installPrebuilt, wheel: buildFromWheel };

/**
 * Gives tfjs-node its native TensorFlow: the one in the cache, else the ordinary download, else a build from Python's
 * wheel. Where neither can be had, training runs on WebAssembly, and one sentence says why and what to do.
 *
 * @param {NodeJS.ProcessEnv} [environment] WORLDMODELS_NATIVE = prebuilt, wheel or none overrides the order
 * @returns {Promise<NativeRecord | undefined>} what training has now; undefined for WebAssembly
 */
export async function installNative(environment = process.env) {
  const sources = sourcesFrom(environment["WORLDMODELS_NATIVE"]);
  const linked = linkedNative();
  if (linked) return linked;
  const problems = [];
  for (const source of sources) {
    const folder = nativeFolder(source);
    const problem = await withLock(`${folder}.lock`, () => make(source, folder));
    if (problem === undefined) {
      linkNative(folder);
      return recordIn(folder);
    }
    problems.push(problem);
  }
  if (problems.length > 0) note(wasmNotice(problems));
  return undefined;
}

/**
 * @param {string | undefined} wanted the value of WORLDMODELS_NATIVE
 * @returns {Source[]} in the order to try
 */
export function sourcesFrom(wanted) {
  if (wanted === undefined || wanted === "" || wanted === "auto") return ["prebuilt", "wheel"];
  if (wanted === "none") return [];
  if (wanted === "prebuilt" || wanted === "wheel") return [wanted];
  throw new Error(`WORLDMODELS_NATIVE is "${wanted}"; set it to auto, prebuilt, wheel or none, or unset it.`);
}

/** @param {readonly string[]} problems */
function wasmNotice(problems) {
  return (
    `Training will run on WebAssembly, about 30 times slower than native TensorFlow: ${problems.join("; ")}. ` +
    `Once that is put right, "npm run setup -- --retry" tries again.`
  );
}

/** Forgets failures, so that the next set-up tries again at once. */
export function forgetFailures() {
  for (const source of /** @type {Source[]} */ (Object.keys(MAKERS)))
    rmSync(failureFile(nativeFolder(source)), { force: true });
}

/**
 * Makes one native folder: aside, proven to load, then renamed into place. A kill at any moment leaves either nothing
 * or a staging folder, which the next set-up removes.
 *
 * @param {Source} source
 * @param {string} folder
 * @returns {Promise<string | undefined>} why it could not be made, or undefined where it is there now
 */
async function make(source, folder) {
  if (existsSync(folder)) return undefined;
  const parent = dirname(folder);
  const staging = join(parent, `${basename(folder)}.staging-${process.pid}`);
  removeStaging(folder);
  const earlier = rememberedFailure(folder);
  if (earlier) return earlier;
  mkdirSync(staging, { recursive: true });
  try {
    const problem = await MAKERS[source](staging);
    if (problem) return problem;
    await step("Checking that it loads", async () => {
      const tensorflow = await versionOf(join(staging, addonPath()));
      /** @type {NativeRecord} */
      const record = { source, tensorflow, tfjsNode: tfjsNodePackage().version };
      writeFileSync(join(staging, "native.json"), `${JSON.stringify(record)}\n`);
    });
    for (const name of readdirSync(staging)) {
      if (name !== "native.json" && !LINKED_FOLDERS.includes(name))
        rmSync(join(staging, name), { recursive: true });
    }
    renameSync(staging, folder);
    return undefined;
  } catch (error) {
    const [sentence = "", ...detail] = /** @type {Error} */ (error).message.split("\n");
    note([sentence, ...detail].join("\n    "));
    writeFileSync(failureFile(folder), JSON.stringify({ at: Date.now(), problem: sentence }));
    return sentence;
  } finally {
    removeStaging(folder);
  }
}

/**
 * Removes the staging folders of a native folder whose lock this process holds: its own, and what killed set-ups left.
 *
 * @param {string} folder
 */
function removeStaging(folder) {
  for (const name of readdirSync(dirname(folder))) {
    if (name.startsWith(`${basename(folder)}.staging-`))
      rmSync(join(dirname(folder), name), { recursive: true, force: true });
  }
}

/** @param {string} addon @returns {Promise<string>} the version of the TensorFlow that it loads, in a process of its own */
async function versionOf(addon) {
  const script = "process.stdout.write(require(process.argv[1]).TF_Version)";
  const output = await runOrThrow(process.execPath, ["-e", script, addon], {
    env: { ...process.env, TF_CPP_MIN_LOG_LEVEL: "3" },
  });
  const version = /\d+\.\d+\.\d+\S*/.exec(output)?.[0];
  if (!version)
    throw new Error(`the addon ${addon} loads, but names no TensorFlow version (it says "${output}")`);
  return version;
}

/** @param {string} folder */
function failureFile(folder) {
  return `${folder}.failed.json`;
}

/** @param {string} folder @returns {string | undefined} */
function rememberedFailure(folder) {
  try {
    const { at, problem } = JSON.parse(readFileSync(failureFile(folder), "utf8"));
    return Date.now() - at < REMEMBER_FAILURE_MS
      ? `${problem} (earlier; not tried again for a day)`
      : undefined;
  } catch {
    return undefined;
  }
}
