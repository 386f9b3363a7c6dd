import { basename, dirname, resolve } from "node:path";
import {
  createArtifactStore,
  openRunStore,
  readRunManifest,
  requireRole,
  runHome,
} from "@worldmodels/artifacts";
import type { ArtifactStore } from "@worldmodels/artifacts";
import { DomainError, isDomainError } from "@worldmodels/errors";
import { loadDream } from "./dream-artifact.js";
import type { DreamRefs } from "./dream-artifact.js";
import { DREAM_STARTS } from "./dream-starts.js";

/**
 * Finds the models that a folder's dream is made of.
 *
 * @param folder of a run, or of a `dream` artifact in its store
 * @throws DomainError `not-found` where it is neither, `failed-precondition` where it is an artifact of another kind
 *   or a run that has not come so far, `data-loss` where it is damaged
 */
export async function findDream(
  folder: string,
): Promise<{ readonly store: ArtifactStore; readonly refs: DreamRefs }> {
  const manifest = await readRunManifest(folder).catch(notFoundAsUndefined);
  if (manifest !== undefined) {
    const refs = {
      vae: requireRole(manifest, "vae", folder),
      mdnRnn: requireRole(manifest, "mdn-rnn", folder),
      starts: requireRole(manifest, DREAM_STARTS, folder),
    };
    return { store: openRunStore(runHome(folder, manifest)), refs };
  }
  const path = resolve(folder);
  const store = createArtifactStore(dirname(path));
  const refs = await loadDream(store, basename(path)).catch(notFoundAsUndefined);
  if (refs !== undefined) return { store, refs };
  throw new DomainError(
    "not-found",
    `dream:${folder}: there is no run in the folder "${folder}", nor is it an artifact of kind dream in its store; ` +
      "name a folder that --run-dir named",
  );
}

function notFoundAsUndefined(error: unknown): undefined {
  if (isDomainError(error, "not-found")) return undefined;
  throw error;
}
