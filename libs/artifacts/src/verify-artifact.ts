import { DomainError } from "@worldmodels/errors";
import { artifactDigest } from "./artifact.js";
import type { ArtifactManifest } from "./artifact.js";
import { digestFile, listFiles } from "./file-digest.js";

/** Reads every file again. @throws DomainError `data-loss` naming the first that is not as it was written */
export async function verifyArtifact(folder: string, manifest: ArtifactManifest): Promise<void> {
  const fail = (sentence: string) =>
    new DomainError(
      "data-loss",
      `artifact ${folder} is damaged: ${sentence}; remove it and make it again, or copy it again from its source`,
    );
  const present = new Set(await listFiles(folder));
  present.delete("artifact.json");
  for (const { path, bytes, sha256 } of manifest.files) {
    if (!present.delete(path)) throw fail(`${path} is missing`);
    const found = await digestFile(folder, path);
    if (found.bytes !== bytes) throw fail(`${path} has ${found.bytes} bytes instead of ${bytes}`);
    if (found.sha256 !== sha256) {
      throw fail(`${path} has SHA-256 ${found.sha256.slice(0, 12)}… instead of ${sha256.slice(0, 12)}…`);
    }
  }
  const [foreign] = present;
  if (foreign !== undefined) throw fail(`${foreign} does not belong to it`);
  const digest = artifactDigest(manifest.kind, manifest.metadata, manifest.files);
  if (digest !== manifest.digest) {
    throw fail(
      `its artifact.json has digest ${manifest.digest.slice(0, 12)}… where its content gives ${digest.slice(0, 12)}…`,
    );
  }
}
