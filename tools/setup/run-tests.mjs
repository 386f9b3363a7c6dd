// Runs the node:test files below the given folders from source, without a build:
//   node tools/setup/run-tests.mjs src [more folders or *.test.ts files]
// Node 20's own test runner knows no globs, hence the listing here.
import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const find = (path) =>
  statSync(path).isDirectory()
    ? readdirSync(path, { recursive: true })
        .map((entry) => join(path, entry))
        .filter((file) => file.endsWith(".test.ts") && !file.includes("node_modules"))
    : [path];

const files = process.argv.slice(2).flatMap(find).sort();
if (files.length === 0) {
  console.error(`no *.test.ts below ${process.argv.slice(2).join(", ")}`);
  process.exit(1);
}
const { status } = spawnSync(
  process.execPath,
  ["-C", "@worldmodels/source", "--import", "tsx", "--test", "--test-reporter=spec", ...files],
  { stdio: "inherit" },
);
process.exit(status ?? 1);
