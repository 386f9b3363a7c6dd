import { artifactName } from "@worldmodels/artifacts";
import type { ArtifactStore } from "@worldmodels/artifacts";
import { DomainError } from "@worldmodels/errors";

/** Something loaded from an artifact that takes memory until it is closed. */
export interface LoadedThing {
  close(): Promise<void>;
}

export interface ModelCacheOptions<T extends LoadedThing> {
  readonly store: ArtifactStore;
  /** What its artifacts are, e.g. `vae`: others are refused by their manifest alone, however large they are. */
  readonly kind: string;
  /** Loads the artifact of this digest. */
  readonly load: (digest: string) => Promise<T>;
  /** Which one an empty name stands for, as `store.open` takes it; empty for none. */
  readonly own: string;
  /** Models kept besides the own one, 1 or more. */
  readonly most: number;
}

/** Loaded models of a store, the least recently used closed first. */
export interface ModelCache<T extends LoadedThing> {
  /**
   * Gives a model to `work`; it stays open as long as that takes.
   *
   * @param which a digest, its beginning or a name; empty for the own model
   * @throws DomainError `failed-precondition` where it is empty and there is no own model, or where it names an artifact of
   *   another kind; as the store and `load` throw
   */
  use<R>(which: string, work: (model: T) => Promise<R>): Promise<R>;
  /** Closes all, once nobody uses them; models are not asked for any more. */
  close(): Promise<void>;
}

interface Entry<T> {
  readonly model: Promise<T>;
  users: number;
}

/** A cache of models: each is loaded once, however many ask for it at a time. */
export function createModelCache<T extends LoadedThing>(options: ModelCacheOptions<T>): ModelCache<T> {
  const { store, kind, load, own, most } = options;
  /** By digest, the least recently used first. */
  const entries = new Map<string, Entry<T>>();
  /** Digests of names that say at least 12 digits: content has one name for ever, so these need no second look. */
  const known = new Map<string, string>();

  const digestOf = async (which: string): Promise<string> => {
    const name = which === "" ? own : which;
    if (name === "") {
      throw new DomainError(
        "failed-precondition",
        "this service has no model of its own; name one in `model`, or start the service with --model",
      );
    }
    const found = known.get(name) ?? (await findModel(store, kind, name));
    if (name === own || /[0-9a-f]{12}$/.test(name)) remember(known, name, found);
    return found;
  };

  const trim = async (): Promise<void> => {
    const ownDigest = known.get(own);
    const others = [...entries].filter(([digest]) => digest !== ownDigest);
    const idle = others.filter(([, { users }]) => users === 0);
    const surplus = idle.slice(0, Math.max(0, others.length - most));
    for (const [digest] of surplus) entries.delete(digest);
    await Promise.all(surplus.map(async ([, { model }]) => (await model).close()));
  };

  const begin = (digest: string): Entry<T> => {
    const entry = { model: load(digest), users: 0 };
    // One failure is no reason to fail for ever.
    entry.model.catch(() => entries.get(digest) === entry && entries.delete(digest));
    return entry;
  };

  const take = (digest: string): Entry<T> => {
    const entry = entries.get(digest) ?? begin(digest);
    entries.delete(digest);
    entries.set(digest, entry);
    entry.users++;
    return entry;
  };

  return {
    async use(which, work) {
      const digest = await digestOf(which);
      const entry = take(digest);
      try {
        return await work(await entry.model);
      } finally {
        entry.users--;
        if (entries.size > most) await trim();
      }
    },
    async close() {
      const open = [...entries.values()];
      entries.clear();
      // What could not be loaded need not be closed.
      await Promise.allSettled(open.map(async ({ model }) => (await model).close()));
    },
  };
}

async function findModel(store: ArtifactStore, kind: string, name: string): Promise<string> {
  const artifact = await store.open(name);
  if (artifact.kind === kind) return artifact.digest;
  throw new DomainError(
    "failed-precondition",
    `${artifactName(artifact)} is not a ${kind}; name an artifact of that kind`,
  );
}

/** Bounded, so that names cannot fill the memory. */
function remember(known: Map<string, string>, name: string, digest: string): void {
  if (known.size >= 1024) known.clear();
  known.set(name, digest);
}
