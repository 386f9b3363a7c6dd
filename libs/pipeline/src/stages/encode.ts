import { loadModel } from "@worldmodels/artifacts";
import type { ArtifactRef, ArtifactStore } from "@worldmodels/artifacts";
import { openEnv, saveDreamStarts } from "@worldmodels/environments";
import { createRecordWriter, latentsLayout, openEpisodes, openLatents } from "@worldmodels/episodes";
import type { Stage } from "@worldmodels/jobs";
import { createWorkerPool } from "@worldmodels/rollout-pool";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { EncodeSetup } from "../encode-worker.js";
import { ownModule } from "../own-module.js";
import { requireInput } from "../require-input.js";

/** The greatest number of first frames kept for dreams to start from, as in the paper's code. */
const MOST_STARTS = 1000;

/** Turns recorded frames into latents: V's mean and log variance of every frame, and of every first frame apart. */
export const stage: Stage = {
  name: "encode",
  version: 2,
  async run({ inputs, execution, store, scratch, signal, progress, say }) {
    const refs = { episodes: requireInput(inputs, "episodes"), vae: requireInput(inputs, "vae") };
    const recording = await store.open(refs.episodes);
    const episodes = await openEpisodes(recording.folder);
    const vae = await loadModel(store, refs.vae, { kind: "vae" });
    const layout = latentsLayout({
      latentDim: Number(vae.config["latentDim"]),
      actionNames: episodes.description.actionNames,
      precision: "float32",
      origin: { vae: refs.vae.digest, episodes: refs.episodes.digest },
    });
    const folder = join(scratch, "latents");
    const writer = await createRecordWriter(folder, layout);
    const finished = new Set(await writer.finished());
    const tasks = Array.from({ length: episodes.episodes }, (_, index) => index).filter(
      (index) => !finished.has(index),
    );

    const setup: EncodeSetup = { store: store.root, ...refs, folder, layout };
    const pool = createWorkerPool<number, number>({
      entry: ownModule("encode-worker"),
      setup,
      workers: execution.workers,
      tasksPerWorker: 2,
      onDeath: say,
    });
    let frames = [...finished].reduce((sum, index) => sum + (episodes.lengths[index] ?? 0), 0);
    try {
      await pool.run(tasks, {
        signal,
        onResult: (_, length) => {
          frames += length;
          progress(frames, episodes.steps, "frames");
        },
      });
    } finally {
      pool.close();
    }
    const metadata = { vae: refs.vae.digest, episodes: refs.episodes.digest };
    const latents = await store.write("latents", metadata, (target) =>
      writer.finish(target, { count: episodes.episodes, signal }),
    );
    await rm(folder, { recursive: true });
    const { game } = recording.metadata;
    const starts = await storeStarts(
      store,
      latents,
      typeof game === "string" ? game : episodes.description.env,
    );
    episodes.close();
    return { artifacts: { latents, "dream-starts": starts } };
  },
};

/**
 * V's posterior of the episodes' first frames, and what a dream must know of the recorded environment: its own step
 * limit, not the one at which the recording was cut off.
 */
async function storeStarts(store: ArtifactStore, latents: ArtifactRef, game: string): Promise<ArtifactRef> {
  const encoded = await openLatents((await store.open(latents)).folder);
  const { latentDim } = encoded.description;
  const count = Math.min(MOST_STARTS, encoded.episodes);
  const mean = new Float32Array(count * latentDim);
  const logVariance = new Float32Array(count * latentDim);
  for (let index = 0; index < count; index++) {
    const episode = encoded.readEpisode(index);
    mean.set(episode.mean.subarray(0, latentDim), index * latentDim);
    logVariance.set(episode.logVariance.subarray(0, latentDim), index * latentDim);
  }
  encoded.close();
  const env = await openEnv(game, { numEnvs: 1 });
  const { action, tickSeconds, rewardRange, maxEpisodeSteps } = env.spec;
  await env.close();
  const recorded = { action, tickSeconds, rewardRange, maxEpisodeSteps };
  return saveDreamStarts(store, { latents: { mean, logVariance }, latentDim, ...recorded });
}
