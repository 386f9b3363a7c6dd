import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "./cache-folder.mjs";
import { linkedNative, requireFrom, tfjsNodePackage } from "./native/layout.mjs";
import { nodeVersionProblem } from "./node-version.mjs";
import { repositoryRoot } from "./repository.mjs";
import { run } from "./run.mjs";

/**
 * @typedef {object} Finding one thing that the system stands on
 * @property {string} name
 * @property {boolean} ok whether it is there and of use; one that is not may still have a fall-back, which `detail` names
 * @property {string} detail what was found: a version, where it came from
 * @property {string} [remedy] one sentence: how to get what is missing
 */

/**
 * What the system stands on, on this machine: Node, TensorFlow, ONNX Runtime, Python and its environments, the cache folder. It looks only, and
 * changes nothing.
 *
 * @param {NodeJS.ProcessEnv} [environment]
 * @returns {Promise<Finding[]>} in an order fit for printing
 */
export async function doctor(environment = process.env) {
  const programs = await Promise.all([onnxRuntime(), python(), compiler()]);
  return [node(), tensorflow(), ...programs, pythonEnvironments(environment), cache(environment)];
}

/** @returns {Finding} */
function node() {
  const problem = nodeVersionProblem(process.versions.node);
  const detail = `${process.versions.node} on ${process.platform} ${process.arch}`;
  return { name: "Node", ok: problem === undefined, detail, ...(problem && { remedy: problem }) };
}

/** @returns {Finding} */
function tensorflow() {
  const name = "TensorFlow (training)";
  try {
    const native = linkedNative();
    const tfjs = `tfjs ${tfjsNodePackage().version}`;
    if (!native) {
      const detail = `${tfjs} on WebAssembly, about 30 times slower than native`;
      return {
        name,
        ok: false,
        detail,
        remedy: `"npm run setup -- --retry" tries for the native one and says what it lacks.`,
      };
    }
    const origin =
      native.source === "wheel" ? "built here from TensorFlow's Python wheel" : "the prebuilt download";
    return { name, ok: true, detail: `${tfjs} on native TensorFlow ${native.tensorflow}, ${origin}` };
  } catch {
    return { name, ok: false, detail: "not installed", remedy: `"npm run setup" installs it.` };
  }
}

/** @returns {Promise<Finding>} */
async function onnxRuntime() {
  const name = "ONNX Runtime (inference)";
  try {
    const resolver = requireFrom(join(repositoryRoot, "libs", "inference"));
    const entry = resolver.resolve("onnxruntime-node");
    const script = "process.stdout.write(require(process.argv[1]).env.versions.node ?? '')";
    const { code, output } = await run(process.execPath, ["-e", script, entry]);
    if (code === 0) return { name, ok: true, detail: `onnxruntime-node ${output.trim()}` };
    const reason =
      output
        .trim()
        .split("\n")
        .find((line) => line.includes("Error")) ?? `exit code ${code}`;
    return {
      name,
      ok: false,
      detail: `installed, but it does not load: ${reason}`,
      remedy: "Run npm ci again.",
    };
  } catch {
    return { name, ok: false, detail: "not installed", remedy: `"npm run setup" installs it.` };
  }
}

/** @returns {Promise<Finding>} */
async function python() {
  const { code, output } = await run("python3", ["--version"]);
  const name = "Python (ViZDoom and Gymnasium, and building native TensorFlow)";
  if (code === 0) return { name, ok: true, detail: output.trim() };
  return {
    name,
    ok: false,
    detail: "python3 cannot be run",
    remedy: "Install Python 3.11 or later with venv and pip.",
  };
}

/**
 * The virtual environments of libs/python-env, which makes them when they are first needed.
 *
 * @param {NodeJS.ProcessEnv} environment
 * @returns {Finding}
 */
function pythonEnvironments(environment) {
  const folder = join(cacheFolder(environment), "python");
  const name = "Python environments (vizdoom:, gymnasium:)";
  // A folder without the marker is one whose making was cut off.
  const made = (existsSync(folder) ? readdirSync(folder) : []).filter((each) =>
    existsSync(join(folder, each, "complete.json")),
  );
  const detail = made.length > 0 ? made.sort().join(", ") : "none yet; each is made when it is first needed";
  return { name, ok: true, detail };
}

/** @returns {Promise<Finding>} */
async function compiler() {
  const name = "C++ compiler (building native TensorFlow)";
  const { code, output } = await run("g++", ["--version"]);
  if (code === 0) return { name, ok: true, detail: output.split("\n")[0] ?? "g++" };
  const remedy =
    "Install g++ (on Debian or Ubuntu: apt-get install g++); it is needed only where the download is out of reach.";
  return { name, ok: false, detail: "g++ cannot be run", remedy };
}

/** @param {NodeJS.ProcessEnv} environment @returns {Finding} */
function cache(environment) {
  const folder = cacheFolder(environment);
  const megabytes = Math.round(folderBytes(folder) / 1e6);
  return {
    name: "Cache folder",
    ok: true,
    detail: `${folder} (${megabytes} MB; it may be deleted, "npm run setup" refills it)`,
  };
}

/** @param {string} folder @returns {number} the bytes of all files below it; 0 where there is none */
function folderBytes(folder) {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .reduce((total, entry) => total + statSync(join(entry.parentPath, entry.name)).size, 0);
  } catch {
    return 0;
  }
}
