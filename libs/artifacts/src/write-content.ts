import { createHash } from "node:crypto";
import { mkdir, open, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DomainError } from "@worldmodels/errors";
import type { ArtifactFile, ArtifactManifest } from "./artifact.js";
import { contentBytes } from "./artifact-content.js";

/**
 * Makes the files that a manifest lists of a content as `readContent` gives it, and compares each with its digest on the way.
 *
 * @param folder empty; what is in it after an error is the caller's to remove
 * @throws DomainError `data-loss` for a content that is not what the manifest says; whatever `content` throws
 */
export async function writeContent(
  folder: string,
  manifest: Pick<ArtifactManifest, "kind" | "files">,
  content: AsyncIterable<Uint8Array>,
): Promise<void> {
  const parts = content[Symbol.asyncIterator]();
  const fail = (how: string) =>
    new DomainError(
      "data-loss",
      `the content of artifact "${manifest.kind}" ${how}; nothing was kept: send it again, and where that does not help, ` +
        "make it again at its source",
    );
  let rest: Uint8Array = new Uint8Array(0);
  /** The next bytes, at most so many; undefined at the end. */
  const take = async (most: number): Promise<Uint8Array | undefined> => {
    while (rest.length === 0) {
      const next = await parts.next();
      if (next.done === true) return undefined;
      rest = next.value;
    }
    const part = rest.subarray(0, most);
    rest = rest.subarray(part.length);
    return part;
  };
  try {
    for (const file of manifest.files) await writeFile(folder, file, take, fail);
    if ((await take(1)) !== undefined) {
      throw fail(`goes on after the ${contentBytes(manifest)} bytes of its manifest`);
    }
  } finally {
    await parts.return?.();
  }
}

async function writeFile(
  folder: string,
  { path, bytes, sha256 }: ArtifactFile,
  take: (most: number) => Promise<Uint8Array | undefined>,
  fail: (how: string) => DomainError,
): Promise<void> {
  const target = join(folder, path);
  await mkdir(dirname(target), { recursive: true });
  const hash = createHash("sha256");
  const file = await open(target, "wx");
  try {
    for (let at = 0; at < bytes;) {
      const part = await take(bytes - at);
      if (part === undefined) throw fail(`ends at byte ${at} of ${path}, which has ${bytes}`);
      hash.update(part);
      await file.writeFile(part);
      at += part.length;
    }
    await file.sync();
  } finally {
    await file.close();
  }
  const found = hash.digest("hex");
  if (found === sha256) return;
  throw fail(`gives ${path} SHA-256 ${found.slice(0, 12)}… instead of ${sha256.slice(0, 12)}…`);
}

/** @throws DomainError `resource-exhausted` where the disk has not so many bytes free: better now than after some gigabytes */
export async function assertRoom(
  folder: string,
  { kind, files }: Pick<ArtifactManifest, "kind" | "files">,
): Promise<void> {
  const needed = contentBytes({ files });
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (needed <= free) return;
  throw new DomainError(
    "resource-exhausted",
    `artifact "${kind}" has ${needed} bytes, and ${free} are free at ${folder}; nothing was changed: free some space and ` +
      "give the same command again",
  );
}
