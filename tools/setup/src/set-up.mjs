import { createHash } from "node:crypto";
import { join } from "node:path";
import { build } from "./build.mjs";
import { cacheFolder } from "./cache-folder.mjs";
import { installPackages } from "./install-packages.mjs";
import { withLock } from "./lock.mjs";
import { installNative } from "./native/native-tensorflow.mjs";
import { nodeVersionProblem } from "./node-version.mjs";
import { repositoryRoot } from "./repository.mjs";

/**
 * Brings a fresh checkout to where everything runs; each part does nothing where it is done already. Two set-ups of one
 * checkout take turns, and a killed one is simply given again.
 *
 * @param {{ build?: boolean }} [options] build: compile the packages, too (the default)
 */
export async function setUp(options = {}) {
  const problem = nodeVersionProblem(process.versions.node);
  if (problem) throw new Error(problem);
  const checkout = createHash("sha256").update(repositoryRoot).digest("hex").slice(0, 16);
  await withLock(join(cacheFolder(), "locks", `${checkout}.lock`), async () => {
    await installPackages();
    await installNative();
    if (options.build !== false) await build();
  });
}
