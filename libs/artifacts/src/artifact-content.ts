import { constants } from "node:fs";
import { open, realpath } from "node:fs/promises";
import { join } from "node:path";
import { DomainError } from "@worldmodels/errors";
import type { Artifact, ArtifactManifest } from "./artifact.js";

/** Bytes of one part of a content. */
export const CONTENT_CHUNK_BYTES = 1 << 20;

/** Bytes of all files together: the length of an artifact's content. */
export function contentBytes({ files }: Pick<ArtifactManifest, "files">): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

/**
 * The content of an artifact: its files, one after another in the order of its manifest. One part is in memory at a time, and
 * belongs to whoever it was given to.
 *
 * @param offset bytes to leave out from the beginning
 * @throws DomainError `data-loss` for a file that is missing, cut, or a way out of the artifact's folder
 */
export async function* readContent(
  { folder, files }: Artifact,
  { offset = 0 }: { readonly offset?: number } = {},
): AsyncGenerator<Uint8Array, void, void> {
  let skip = offset;
  for (const { path, bytes } of files) {
    if (skip >= bytes) {
      skip -= bytes;
      continue;
    }
    const fail = (how: string) =>
      new DomainError(
        "data-loss",
        `${path} of artifact ${folder} ${how}; remove the folder and make the artifact again`,
      );
    const file = await open(await findFile(folder, path, fail), constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      for (let at = skip; at < bytes;) {
        const part = Buffer.allocUnsafeSlow(Math.min(CONTENT_CHUNK_BYTES, bytes - at));
        const { bytesRead } = await file.read(part, 0, part.length, at);
        if (bytesRead === 0) throw fail(`has ${at} bytes instead of ${bytes}`);
        at += bytesRead;
        yield part.subarray(0, bytesRead);
      }
    } finally {
      await file.close();
    }
    skip = 0;
  }
}

/** A symbolic link would hand out what lies anywhere on this machine. */
async function findFile(folder: string, path: string, fail: (how: string) => DomainError): Promise<string> {
  const expected = join(await realpath(folder), path);
  const found = await realpath(join(folder, path)).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ELOOP" || error.code === "ENOTDIR")
      throw fail("is missing");
    throw error;
  });
  if (found !== expected) throw fail("is a symbolic link, or lies behind one");
  return found;
}
