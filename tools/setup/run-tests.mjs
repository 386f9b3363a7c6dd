// Runs the node:test files below the given folders from source, without a build:
//   node tools/setup/run-tests.mjs src [more folders or *.test.ts files]
// Node 20's own test runner knows no globs, hence the listing here.
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { run } from "./src/run.mjs";

// Two at a time: the packages' tests spawn workers and load TensorFlow, and small machines should stay usable.
const CONCURRENCY = 2;
/** A file that does not end fails after this, by name, instead of holding everything up. */
const TIMEOUT_MS = 40 * 60_000;

/** @param {string} path @returns {string[]} */
const find = (path) => {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".test.ts") && !file.includes("node_modules"))
    .map((entry) => join(path, entry));
};

const places = process.argv.slice(2);
const files = places.flatMap(find).sort();
if (files.length === 0) {
  console.error(`There is no *.test.ts below ${places.join(", ") || "(no folder was given)"}.`);
  process.exit(1);
}
const runner = [
  "--test",
  "--test-reporter=spec",
  `--test-concurrency=${CONCURRENCY}`,
  `--test-timeout=${TIMEOUT_MS}`,
];
const source = ["-C", "@worldmodels/source", "--import", "tsx"];
const { code } = await run(process.execPath, [...source, ...runner, ...files], { output: "show" });
process.exitCode = code;
