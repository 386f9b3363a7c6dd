import { DomainError } from "@worldmodels/errors";
import { isPlainObject } from "@worldmodels/artifacts";
import type { ArtifactRef, ArtifactStore, JsonObject, WriteOptions } from "@worldmodels/artifacts";
import { DREAM_STARTS } from "./dream-starts.js";

/** The artifact's kind. */
export const DREAM = "dream";

/** What a dream is made of: all in one store. */
export interface DreamRefs {
  readonly vae: ArtifactRef;
  readonly mdnRnn: ArtifactRef;
  readonly starts: ArtifactRef;
}

/**
 * Stores which models make a dream, so that its folder is the dream's address: `dream:<folder>`. The same models are
 * the same artifact, and it has no files.
 */
export function saveDream(
  store: ArtifactStore,
  { vae, mdnRnn, starts }: DreamRefs,
  options: WriteOptions = {},
): Promise<ArtifactRef> {
  const metadata: JsonObject = { vae: plain(vae), "mdn-rnn": plain(mdnRnn), [DREAM_STARTS]: plain(starts) };
  return store.write(DREAM, metadata, () => Promise.resolve(), options);
}

/**
 * @param which a reference, or the name of the artifact's folder
 * @throws DomainError `not-found`, `failed-precondition` for an artifact of another kind, `data-loss` for a damaged one
 */
export async function loadDream(store: ArtifactStore, which: ArtifactRef | string): Promise<DreamRefs> {
  const { kind, metadata, folder } = await store.verify(which);
  if (kind !== DREAM) {
    throw new DomainError("failed-precondition", `${folder} holds ${kind}, where a ${DREAM} is needed`);
  }
  const ref = (role: string): ArtifactRef => {
    const value = metadata[role];
    if (isPlainObject(value) && typeof value["kind"] === "string" && typeof value["digest"] === "string") {
      return { kind: value["kind"], digest: value["digest"] };
    }
    throw new DomainError("data-loss", `the dream in ${folder} does not say its ${role}; make it again`);
  };
  return { vae: ref("vae"), mdnRnn: ref("mdn-rnn"), starts: ref(DREAM_STARTS) };
}

/** A reference without anything that its object may carry besides: the dream's digest is made of it. */
function plain({ kind, digest }: ArtifactRef): JsonObject {
  return { kind, digest };
}
