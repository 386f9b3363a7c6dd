import { DomainError } from "@worldmodels/errors";
import { artifactDigest, assertArtifactKind } from "./artifact.js";
import type { ArtifactManifest } from "./artifact.js";
import { faultOfPath } from "./artifact-path.js";

const MOST_FILES = 100_000;

/**
 * Checks a manifest that somebody else has made, before any of its files is written.
 *
 * @throws DomainError `invalid-argument` for what no manifest may have, `data-loss` where its digest is not that of its content
 */
export function checkManifest(manifest: ArtifactManifest): void {
  const { kind, digest, metadata, files } = manifest;
  assertArtifactKind(kind);
  const fail = (why: string) =>
    new DomainError("invalid-argument", `the manifest of artifact "${kind}" cannot be one: ${why}`);
  if (!/^[0-9a-f]{64}$/.test(digest)) {
    throw fail(`its digest "${digest}" is not 64 lower-case hexadecimal digits`);
  }
  if (files.length > MOST_FILES) throw fail(`it lists ${files.length} files, and at most ${MOST_FILES} fit`);
  let total = 0;
  const folders = new Set<string>();
  for (const [i, { path, bytes, sha256 }] of files.entries()) {
    const fault = faultOfPath(path);
    if (fault !== undefined) throw fail(`the path ${JSON.stringify(path)} of files[${i}] ${fault}`);
    if (!/^[0-9a-f]{64}$/.test(sha256))
      throw fail(`the sha256 "${sha256}" of ${path} is not 64 hexadecimal digits`);
    if (!Number.isSafeInteger(bytes) || bytes < 0)
      throw fail(`the size ${bytes} of ${path} is no number of bytes`);
    const before = files[i - 1]?.path;
    if (before !== undefined && before >= path) {
      throw fail(
        `its files are not sorted by path: ${JSON.stringify(path)} comes after ${JSON.stringify(before)}`,
      );
    }
    for (let slash = path.indexOf("/"); slash >= 0; slash = path.indexOf("/", slash + 1)) {
      folders.add(path.slice(0, slash));
    }
    total += bytes;
  }
  const both = files.find(({ path }) => folders.has(path));
  if (both !== undefined) throw fail(`${both.path} is both a file and a folder`);
  if (!Number.isSafeInteger(total)) throw fail(`its files are ${total} bytes together, which no disk holds`);
  const found = artifactDigest(kind, metadata, files);
  if (found === digest) return;
  throw new DomainError(
    "data-loss",
    `the manifest of artifact "${kind}" says digest ${digest.slice(0, 12)}… where its files and metadata give ` +
      `${found.slice(0, 12)}…; it was changed on its way or where it comes from: make the artifact again there`,
  );
}
