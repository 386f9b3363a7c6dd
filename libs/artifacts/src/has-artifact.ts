import { isDomainError } from "@worldmodels/errors";
import type { ArtifactRef } from "./artifact.js";
import type { ArtifactStore } from "./artifact-store.js";

/** Whether a store has an artifact with all of its files. One that is damaged counts as absent: it is written anew. */
export async function hasArtifact(store: ArtifactStore, ref: ArtifactRef): Promise<boolean> {
  try {
    await store.open(ref);
    return true;
  } catch (error) {
    if (isDomainError(error, "not-found") || isDomainError(error, "data-loss")) return false;
    throw error;
  }
}
