import type { ArtifactStore } from "@worldmodels/artifacts";
import { DomainError, isDomainError } from "@worldmodels/errors";
import { stat } from "node:fs/promises";
import { isAbsolute, join, relative, resolve, sep } from "node:path";

/** Where this service's dreams are: run folders, and a store with artifacts of kind `dream`. */
export interface DreamPlaces {
  readonly runs: string;
  readonly store: ArtifactStore;
}

/**
 * The folder that `dream:RUN` stands for.
 *
 * @param run a run's folder below `runs`, or a digest, its beginning, name or folder of a dream in the store
 * @throws DomainError `invalid-argument` for a path that leads out of both, `not-found` where there is neither
 */
export async function findDreamFolder({ runs, store }: DreamPlaces, run: string): Promise<string> {
  const folder = resolve(runs, run);
  if (isBelow(store.root, folder)) return folder;
  if (!isBelow(runs, folder)) {
    throw new DomainError(
      "invalid-argument",
      `dream:${run} leads out of ${runs}, where this service's runs are; name a folder below it`,
    );
  }
  if (await isThere(join(folder, "run.json"))) return folder;
  const artifact = await store.open(run).catch((error: unknown) => {
    if (isDomainError(error, "not-found")) return undefined;
    throw error;
  });
  if (artifact !== undefined) return resolve(artifact.folder);
  throw new DomainError(
    "not-found",
    `there is no run ${run} below ${runs}, nor a dream ${run} in the store ${store.root}; ` +
      "name a run's folder there, or a digest of an artifact of kind dream",
  );
}

/** Whether `path` is inside `folder`, and not the folder itself. */
function isBelow(folder: string, path: string): boolean {
  const way = relative(resolve(folder), path);
  return way !== "" && way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
