import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isDomainError } from "@worldmodels/errors";
import { artifactName, parseArtifactManifest } from "./artifact.js";
import type { ArtifactFile, ArtifactManifest } from "./artifact.js";
import { readJson, syncPath } from "./atomic-file.js";
import { digestFile, listFiles } from "./file-digest.js";
import { verifyArtifact } from "./verify-artifact.js";

/** All files below a folder with their digests, safe on the disk. */
export async function digestFiles(folder: string): Promise<ArtifactFile[]> {
  const files: ArtifactFile[] = [];
  for (const path of await listFiles(folder)) {
    if (path === "artifact.json") throw new Error("artifact.json is written by the store, not by its caller");
    await syncPath(join(folder, path));
    files.push(await digestFile(folder, path));
  }
  return files;
}

/**
 * Makes a filled folder the artifact that its manifest describes, in one step. Where an intact one is already, that one stays.
 *
 * @param folder below `root`; its files are as the manifest says
 */
export async function publish(root: string, folder: string, manifest: ArtifactManifest): Promise<void> {
  const { kind, digest, formatVersion, createdBy, metadata, files } = manifest;
  // In this order whoever made the object, so that copies have the same bytes.
  const maker = createdBy === undefined ? {} : { createdBy };
  const text = JSON.stringify({ kind, digest, formatVersion, ...maker, metadata, files }, null, 2);
  await writeFile(join(folder, "artifact.json"), `${text}\n`);
  await syncPath(join(folder, "artifact.json"));
  const target = join(root, artifactName(manifest));
  await rename(folder, target).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
    // Equal content is there already, perhaps since a moment ago; what is damaged gives way.
    if (await isIntact(target, manifest.digest)) return;
    await rm(target, { recursive: true, force: true });
    await rename(folder, target);
  });
  await syncPath(root);
}

async function isIntact(folder: string, digest: string): Promise<boolean> {
  try {
    const manifest = parseArtifactManifest(await readJson(join(folder, "artifact.json"), "artifact"), folder);
    await verifyArtifact(folder, manifest);
    return manifest.digest === digest;
  } catch (error) {
    if (isDomainError(error)) return false;
    throw error;
  }
}
