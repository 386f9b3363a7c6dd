import { join } from "node:path";
import { repositoryRoot } from "./repository.mjs";
import { run } from "./run.mjs";
import { setUp } from "./set-up.mjs";

/**
 * Sets up all that is not set up yet, then runs the `worldmodels` command.
 *
 * @param {readonly string[]} args of the command
 * @returns {Promise<number>} its exit code
 */
export async function setUpAndRun(args) {
  await setUp();
  const command = join(repositoryRoot, "tools", "cli", "dist", "main.js");
  const { code } = await run(process.execPath, [command, ...args], { output: "show" });
  return code;
}
