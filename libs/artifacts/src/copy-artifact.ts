import { constants } from "node:fs";
import { copyFile, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { ArtifactRef } from "./artifact.js";
import type { ArtifactStore } from "./artifact-store.js";
import { hasArtifact } from "./has-artifact.js";

/**
 * Brings an artifact from one store into another, whole or not at all; one that is there already is left alone. Every
 * byte is read and compared with its digest first: what is damaged is not passed on.
 *
 * @throws DomainError `not-found` where `from` has no such artifact, `data-loss` where it is damaged there,
 *   `resource-exhausted` when the disk is full
 */
export async function copyArtifact(from: ArtifactStore, to: ArtifactStore, ref: ArtifactRef): Promise<void> {
  if (await hasArtifact(to, ref)) return;
  const artifact = await from.verify(ref);
  const { createdBy } = artifact;
  await to.write(
    artifact.kind,
    artifact.metadata,
    async (folder) => {
      for (const { path } of artifact.files) {
        await mkdir(dirname(join(folder, path)), { recursive: true });
        // File systems that can share blocks do.
        await copyFile(join(artifact.folder, path), join(folder, path), constants.COPYFILE_FICLONE);
      }
    },
    createdBy === undefined ? {} : { createdBy },
  );
}
