import { existsSync, lstatSync, readFileSync, realpathSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { cacheFolder } from "../cache-folder.mjs";
import { repositoryRoot } from "../repository.mjs";

/** Of the wheel that the addon is compiled against where the ordinary download is out of reach. */
export const TENSORFLOW_WHEEL = { x64: "tensorflow-cpu==2.21.0", arm64: "tensorflow==2.21.0" };

/** The folders that tfjs-node looks for inside itself: its addon, and TensorFlow's libraries beside it. */
export const LINKED_FOLDERS = ["lib", "deps"];

/**
 * @typedef {object} NativeRecord what is installed, and where it came from; native.json in its folder
 * @property {"prebuilt" | "wheel"} source
 * @property {string} tensorflow TensorFlow's own version, as the addon reports it
 * @property {string} tfjsNode tfjs-node's version
 */

/** The folder of the installed tfjs-node package. */
export function tfjsNodeFolder() {
  return join(repositoryRoot, "node_modules", "@tensorflow", "tfjs-node");
}

/** @returns {{ version: string, binary: { host: string, napi_versions: number[] } }} */
export function tfjsNodePackage() {
  return JSON.parse(readFileSync(join(tfjsNodeFolder(), "package.json"), "utf8"));
}

/**
 * The version of Node-API that tfjs-node's addon is built for: the highest that the package offers and Node has. One
 * addon serves every Node from 20 to 26.
 */
export function napiVersion() {
  const own = Number(process.versions["napi"]);
  return Math.max(...tfjsNodePackage().binary.napi_versions.filter((version) => version <= own));
}

/** Where tfjs-node looks for its addon, below its own folder. */
export function addonPath() {
  return join("lib", `napi-v${napiVersion()}`, "tfjs_binding.node");
}

/**
 * The folder of the cache that holds one native TensorFlow. Its name is all that its content depends on.
 *
 * @param {NativeRecord["source"]} source
 */
export function nativeFolder(source) {
  const parts = [
    "tfjs-node",
    tfjsNodePackage().version,
    `napi${napiVersion()}`,
    process.platform,
    process.arch,
  ];
  if (source === "prebuilt") parts.push("prebuilt");
  else parts.push(wheelFor(process.arch)?.replace("==", "-") ?? "none");
  return join(cacheFolder(), "native", parts.join("-"));
}

/** @param {string} arch @returns {string | undefined} the requirement for pip */
export function wheelFor(arch) {
  return TENSORFLOW_WHEEL[/** @type {keyof typeof TENSORFLOW_WHEEL} */ (arch)];
}

/**
 * @returns {NativeRecord | undefined} what the links in node_modules lead to, or undefined where they lead nowhere
 */
export function linkedNative() {
  const addon = join(tfjsNodeFolder(), addonPath());
  if (!existsSync(addon)) return undefined;
  const folder = join(dirname(realpathSync(addon)), "..", "..");
  return (
    recordIn(folder) ?? { source: "prebuilt", tensorflow: "unknown", tfjsNode: tfjsNodePackage().version }
  );
}

/** @param {string} folder @returns {NativeRecord | undefined} */
export function recordIn(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, "native.json"), "utf8"));
  } catch {
    return undefined;
  }
}

/**
 * Makes node_modules lead to a whole native TensorFlow. Each link is made aside and renamed into place, and the addon's
 * link comes last: until then tfjs-node finds no addon at all.
 *
 * @param {string} folder with `lib` and `deps`
 * @param {string} [packageFolder] the tfjs-node package to give them to
 */
export function linkNative(folder, packageFolder = tfjsNodeFolder()) {
  for (const name of [...LINKED_FOLDERS].reverse()) {
    const link = join(packageFolder, name);
    const aside = `${link}.${process.pid}`;
    rmSync(aside, { force: true });
    symlinkSync(join(folder, name), aside, "junction");
    // What npm's own install script put there is a folder, which a rename cannot replace.
    if (lstatSync(link, { throwIfNoEntry: false })?.isDirectory()) rmSync(link, { recursive: true });
    renameSync(aside, link);
  }
}

/** @param {string} folder where the package's own modules are resolved from */
export function requireFrom(folder) {
  return createRequire(join(folder, "package.json"));
}
