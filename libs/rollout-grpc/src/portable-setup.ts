import { artifactName, createArtifactStore } from "@worldmodels/artifacts";
import type { ArtifactRef, ArtifactStore } from "@worldmodels/artifacts";
import { formatEnvUri, parseEnvUri } from "@worldmodels/env";
import { DREAM, loadDream } from "@worldmodels/environments";
import { DomainError, isDomainError } from "@worldmodels/errors";
import type { RolloutSetup } from "@worldmodels/rollout-pool";
import { basename, dirname, resolve } from "node:path";

/** An artifact that a service has to have before it can play, and where it is here. */
export interface NeededArtifact {
  readonly store: ArtifactStore;
  readonly ref: ArtifactRef;
}

/** A setup that means the same on any machine, once that has what it needs. */
export interface PortableSetup {
  readonly env: string;
  readonly needs: readonly NeededArtifact[];
}

/** A dream in a service's store, as a URI names it. */
const STORED_DREAM = new RegExp(`^${DREAM}-[0-9a-f]{12}$`);

/**
 * What a setup needs of a store, and its environment without folders of this machine: a dream that is an artifact here is
 * named as one. A dream of a run folder stays as it is: the service must have that folder.
 */
export async function toPortableSetup({ env, driver }: RolloutSetup): Promise<PortableSetup> {
  const needs: NeededArtifact[] = [];
  if (driver.type === "agent") {
    const store = createArtifactStore(driver.store);
    needs.push({ store, ref: driver.vae }, ...(driver.mdnRnn ? [{ store, ref: driver.mdnRnn }] : []));
  }
  const parsed = parseEnvUri(env);
  const folder = resolve(parsed.id);
  if (parsed.scheme !== "dream" || !STORED_DREAM.test(basename(folder))) return { env, needs };
  const store = createArtifactStore(dirname(folder));
  try {
    const { vae, mdnRnn, starts } = await loadDream(store, basename(folder));
    const { kind, digest } = await store.open(basename(folder));
    const dream = { kind, digest };
    needs.push(...[vae, mdnRnn, starts, dream].map((ref) => ({ store, ref })));
    return { env: formatEnvUri({ ...parsed, id: artifactName(dream) }), needs };
  } catch (error) {
    // Not here: then it is the service's own.
    if (isDomainError(error, "not-found")) return { env, needs };
    throw error;
  }
}

/**
 * The environment of a portable setup as this machine opens it.
 *
 * @throws DomainError `not-found` for a dream that the store does not have
 */
export async function resolveStoredDream(env: string, store: ArtifactStore): Promise<string> {
  const parsed = parseEnvUri(env);
  if (parsed.scheme !== "dream" || !STORED_DREAM.test(parsed.id)) return env;
  const { folder } = await store.open(parsed.id).catch((cause: unknown) => {
    if (!isDomainError(cause, "not-found")) throw cause;
    const sentence = `there is no ${parsed.id} in this service's store; put it there, or name a run's folder`;
    throw new DomainError("not-found", sentence, { cause });
  });
  return formatEnvUri({ ...parsed, id: resolve(folder) });
}
