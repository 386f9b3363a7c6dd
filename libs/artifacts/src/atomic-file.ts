import { randomUUID } from "node:crypto";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { DomainError } from "@worldmodels/errors";
import { explainWriteError } from "./disk-error.js";

/**
 * Writes a whole file or nothing: readers see the old bytes or the new ones, also after a power cut. The
 * folder is made where it is missing.
 *
 * @throws DomainError `resource-exhausted` when the disk is full, `failed-precondition` when writing is not allowed
 */
export async function writeFileAtomic(
  path: string,
  content: Uint8Array | string,
  { mode = 0o666 }: { readonly mode?: number } = {},
): Promise<void> {
  const temporary = `${path}.${randomUUID().slice(0, 8)}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(temporary, "w", mode);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncPath(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true });
    throw explainWriteError(error, "this file", path);
  }
}

/** Asks the disk to keep what was written to a file, or what was renamed in a folder. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Reads and parses a JSON file.
 *
 * @param what the file as a person would name it, e.g. `job record`
 * @throws DomainError `not-found`, or `data-loss` where the file is not JSON
 */
export async function readJson(path: string, what: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT" && code !== "ENOTDIR") throw error;
    throw new DomainError("not-found", `there is no ${what} at ${path}`, { cause: error });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DomainError(
      "data-loss",
      `the ${what} at ${path} is not JSON (${(error as Error).message}); it is damaged or was edited`,
      { cause: error },
    );
  }
}
