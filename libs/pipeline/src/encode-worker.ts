import { createArtifactStore, loadModel } from "@worldmodels/artifacts";
import type { ArtifactRef } from "@worldmodels/artifacts";
import { createRecordWriter, openEpisodes, toLatentRecord } from "@worldmodels/episodes";
import type { RecordLayout } from "@worldmodels/episodes";
import { createEncoder } from "@worldmodels/inference";
import { elementCount } from "@worldmodels/networks";
import { serveTasks } from "@worldmodels/rollout-pool";

/** What a process that encodes episodes needs to know. */
export interface EncodeSetup {
  /** Root folder of the artifact store. */
  readonly store: string;
  readonly vae: ArtifactRef;
  readonly episodes: ArtifactRef;
  /** Work folder of the recording of latents, and its layout. */
  readonly folder: string;
  readonly layout: RecordLayout;
}

/** Frames of one inference call. */
const BATCH = 16;

// A task is the number of an episode, its result the number of its frames.
serveTasks<EncodeSetup, number, number>(async (setup) => {
  const store = createArtifactStore(setup.store);
  const vae = await loadModel(store, setup.vae, { kind: "vae" });
  const episodes = await openEpisodes((await store.open(setup.episodes)).folder, { cacheMegabytes: 64 });
  const writer = await createRecordWriter(setup.folder, setup.layout);
  const encoder = await createEncoder({ vae, batch: BATCH, logVariance: true });
  const latentDim = Number(vae.config["latentDim"]);
  const frameSize = elementCount(episodes.description.frameShape);

  const encodeEpisode = async (index: number): Promise<number> => {
    const { frames, ...rest } = episodes.readEpisode(index);
    const length = rest.rewards.length;
    const mean = new Float32Array(length * latentDim);
    const logVariance = new Float32Array(length * latentDim);
    for (let step = 0; step < length; step += BATCH) {
      const rows = Math.min(BATCH, length - step);
      const encoded = await encoder.encode(frames.subarray(step * frameSize, (step + rows) * frameSize));
      mean.set(encoded.mean, step * latentDim);
      logVariance.set(encoded.logVariance ?? [], step * latentDim);
    }
    await writer.put(index, toLatentRecord({ ...rest, mean, logVariance }));
    return length;
  };
  // The encoder takes one call at a time.
  let last: Promise<unknown> = Promise.resolve();
  return (index) => {
    const next = last.then(() => encodeEpisode(index));
    last = next.catch(() => undefined);
    return next;
  };
});
