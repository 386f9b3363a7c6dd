import { runOrThrow } from "./run.mjs";
import { readJson, repositoryRoot } from "./repository.mjs";
import { note, step } from "./progress.mjs";

/**
 * Brings node_modules to what package-lock.json says, and does nothing where it is there already.
 */
export async function installPackages() {
  if (packagesAreInstalled(readJson("package-lock.json"), readJson("node_modules", ".package-lock.json")))
    return;
  await step("Installing the npm packages", async () => {
    try {
      await npm("ci");
    } catch (error) {
      // A package.json that is ahead of the lock file, as while a dependency is being added.
      note(`npm ci failed, trying npm install (${/** @type {Error} */ (error).message.split("\n").at(-1)})`);
      await npm("install");
    }
  });
}

/** @param {string} command */
function npm(command) {
  const args = [command, "--ignore-scripts", "--no-audit", "--no-fund"];
  // Under npm, npm's own entry point: the "npm" in PATH may belong to another Node, and is a .cmd file on Windows.
  const entry = process.env["npm_execpath"];
  const options = { cwd: repositoryRoot };
  return entry && /npm-cli\.[cm]?js$/.test(entry)
    ? runOrThrow(process.execPath, [entry, ...args], options)
    : runOrThrow("npm", args, options);
}

/**
 * Whether the tree that npm recorded is the locked one. npm writes its record last, and removes it first: a killed
 * install has none.
 *
 * @param {any} lock package-lock.json
 * @param {any} installed node_modules/.package-lock.json, or undefined
 * @returns {boolean}
 */
export function packagesAreInstalled(lock, installed) {
  if (!installed?.packages) return false;
  return Object.entries(lock.packages).every(([path, { version, link, optional, resolved }]) => {
    if (!path.startsWith("node_modules/") && !path.includes("/node_modules/")) return true;
    const found = installed.packages[path];
    // Optional packages are those of other platforms, too.
    if (!found) return optional === true;
    return link ? found.resolved === resolved : found.version === version;
  });
}
