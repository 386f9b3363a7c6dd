import { isProcessAlive } from "@worldmodels/artifacts";
import { DomainError } from "@worldmodels/errors";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Takes a folder for this process, so that two commands do not work in it at once. A lock whose process has
 * died is taken over.
 *
 * @returns gives the folder back
 * @throws DomainError `failed-precondition` naming the process that has it
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, "lock");
  const own = join(folder, `lock.${process.pid}`);
  await writeFile(own, String(process.pid));
  try {
    await linkWhenFree(own, path, folder);
  } finally {
    await rm(own, { force: true });
  }
  return () => rm(path, { force: true });
}

/** A link appears with its content in it, or not at all: nobody ever reads a lock without its owner. */
async function linkWhenFree(own: string, path: string, folder: string): Promise<void> {
  for (;;) {
    try {
      await link(own, path);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const owner = Number(await readFile(path, "utf8").catch(() => ""));
    if (owner !== process.pid && isProcessAlive(owner)) {
      throw new DomainError(
        "failed-precondition",
        `${folder} is in use by process ${owner}; wait for it, stop it, or choose another folder`,
      );
    }
    await rm(path, { force: true });
  }
}
