#!/usr/bin/env node
// npx worldmodels in a clone where nothing is installed yet: sets everything up, then runs the command. From then on npx finds the
// command itself, which tools/cli brings.
import { main } from "./src/main.mjs";
import { setUpAndRun } from "./src/set-up-and-run.mjs";

await main(() => setUpAndRun(process.argv.slice(2)));
