import type { ArtifactRef } from "./artifact.js";
import type { ArtifactStore } from "./artifact-store.js";
import { copyArtifact } from "./copy-artifact.js";
import { hasArtifact } from "./has-artifact.js";

export interface TransferOptions {
  /** Ends the transfer; its reason is thrown, and nothing of the artifact is left behind. */
  readonly signal?: AbortSignal | undefined;
  /** Told how many bytes of how many have been sent or have come; not at all where bytes need not travel. */
  readonly onBytes?: ((done: number, total: number) => void) | undefined;
  /** Told that contact is lost in mid-artifact, and that it is back; for ways that wait. */
  readonly onContact?: ((sentence: string) => void) | undefined;
}

/** Another store, however it is reached: as a folder of this machine, or through a service. */
export interface ArtifactPeer {
  /** Which of these it has, with all of their files. */
  has(refs: readonly ArtifactRef[], options?: TransferOptions): Promise<ArtifactRef[]>;
  /**
   * Brings an artifact of `from` there, whole or not at all; one that is there already is left alone.
   *
   * @throws DomainError `not-found` where `from` has no such artifact, `data-loss` where it is damaged, `resource-exhausted` when
   *   the disk is full there
   */
  send(ref: ArtifactRef, from: ArtifactStore, options?: TransferOptions): Promise<void>;
  /**
   * Brings one of its artifacts here, whole or not at all; one that `to` has already is left alone.
   *
   * @throws DomainError `not-found` where it has no such artifact, `data-loss` where it is damaged, `resource-exhausted` when the
   *   disk is full here
   */
  fetch(ref: ArtifactRef, to: ArtifactStore, options?: TransferOptions): Promise<void>;
}

/** A store in a folder that this process reaches, too. */
export function createFolderPeer(store: ArtifactStore): ArtifactPeer {
  const copy = async (
    from: ArtifactStore,
    to: ArtifactStore,
    ref: ArtifactRef,
    { signal }: TransferOptions = {},
  ) => {
    signal?.throwIfAborted();
    await copyArtifact(from, to, ref);
  };
  return {
    async has(refs) {
      const there = await Promise.all(refs.map((ref) => hasArtifact(store, ref)));
      return refs.filter((_, i) => there[i]);
    },
    send: (ref, from, options) => copy(from, store, ref, options),
    fetch: (ref, to, options) => copy(store, to, ref, options),
  };
}
