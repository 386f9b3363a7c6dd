import { saveModel } from "@worldmodels/artifacts";
import { openEpisodes } from "@worldmodels/episodes";
import type { EpisodeStore } from "@worldmodels/episodes";
import type { Stage } from "@worldmodels/jobs";
import { initialiseWeights } from "@worldmodels/networks";
import { createRng } from "@worldmodels/rng";
import { createVaeTrainer, selectBackend } from "@worldmodels/training";
import { vaeNetwork } from "@worldmodels/vae";
import { fallingRate } from "../falling-rate.js";
import { createFrameOrder } from "../frame-order.js";
import type { FrameOrder } from "../frame-order.js";
import { heldOutEpisodes } from "../held-out.js";
import { requireInput } from "../require-input.js";
import { streamOf } from "../seeds.js";
import type { RunSettings } from "../settings.js";
import {
  createMeanMeter,
  createSaveClock,
  decodeTrainerCheckpoint,
  encodeTrainerCheckpoint,
  isCurvePoint,
} from "../trainer-checkpoint.js";

export type TrainVaeSettings = Pick<RunSettings, Extract<keyof RunSettings, `vae.${string}`>>;

/** One point of V's loss curve: means over the training steps since the last one, and the loss on held-out frames. */
export interface VaeCurvePoint {
  readonly step: number;
  readonly loss: number;
  readonly reconstruction: number;
  readonly kl: number;
  readonly heldOutLoss: number;
}

/** Held-out frames that every point of the curve is judged on. */
const HELD_OUT_FRAMES = 64;

/** Trains V on recorded frames. */
export const stage: Stage = {
  name: "train-vae",
  version: 1,
  async run({ inputs, config, seed, store, signal, loadCheckpoint, saveCheckpoint, progress, say }) {
    const settings = config as TrainVaeSettings;
    const { latent: latentDim, batch, steps } = pick(settings);
    const episodes = await openEpisodes((await store.open(requireInput(inputs, "episodes"))).folder);
    const { order, heldOut } = splitFrames(episodes, seed);
    const backend = await selectBackend();
    say(`V trains on ${backend.reason}`);

    const network = vaeNetwork({ latentDim });
    const saved = await loadCheckpoint();
    const resumed = saved && decodeTrainerCheckpoint<VaeCurvePoint>(saved);
    const history: VaeCurvePoint[] = [...(resumed?.history ?? [])];
    const trainer = createVaeTrainer({
      network,
      config: {
        klTolerance: settings["vae.kl_tolerance"],
        learningRate: (step) => learningRateAt(step, settings),
      },
      initial: resumed?.state ?? initialiseWeights(network, createRng(streamOf(seed, "vaeWeights"))),
      backend,
    });
    const meter = createMeanMeter();
    const clock = createSaveClock();
    while (trainer.stepCount < steps) {
      signal.throwIfAborted();
      // A step's randomness follows from its number alone, so that a resumed run has the same.
      const rng = createRng(streamOf(seed, "vaeBatches", trainer.stepCount));
      const loss = trainer.step(episodes.readFrames(order.batch(trainer.stepCount, batch)), rng);
      meter.add(loss);
      const step = trainer.stepCount;
      const isPoint = isCurvePoint(step, steps);
      if (isPoint) {
        const { loss: heldOutLoss } = trainer.evaluate(
          heldOut,
          createRng(streamOf(seed, "vaeBatches", steps)),
        );
        history.push({ step, ...(meter.take() as Omit<VaeCurvePoint, "step" | "heldOutLoss">), heldOutLoss });
      }
      progress(step, steps, "steps", { loss: loss.loss, error: loss.reconstruction, KL: loss.kl });
      // Only at a point of the curve, where the meter is empty: a resumed run then has the same curve.
      if (isPoint && clock.isDue()) {
        await clock.time(() =>
          saveCheckpoint(encodeTrainerCheckpoint({ state: trainer.exportState(), history })),
        );
      }
      // Lets an abort message in.
      await new Promise(setImmediate);
    }
    const vae = await saveModel(
      store,
      {
        kind: "vae",
        network,
        config: { latentDim, observation: episodes.description.recipe },
        weights: trainer.exportWeights(),
      },
      {
        training: {
          settings: { ...settings },
          episodes: requireInput(inputs, "episodes").digest,
          curve: history.map((point) => ({ ...point })),
        },
      },
    );
    trainer.dispose();
    episodes.close();
    return { artifacts: { vae }, facts: { backend: backend.reason, backendVersion: backend.version } };
  },
};

const pick = (settings: TrainVaeSettings) => ({
  latent: settings["vae.latent"],
  batch: settings["vae.batch"],
  steps: settings["vae.steps"],
});

/** Adam's step size for V. */
export function learningRateAt(step: number, settings: TrainVaeSettings): number {
  const { "vae.learning_rate": first, "vae.final_learning_rate": final, "vae.steps": steps } = settings;
  return fallingRate(step, { first, final, steps });
}

/** The order of the frames to learn from, and frames spread over the episodes that are held out. */
function splitFrames(
  { records, readFrames }: EpisodeStore,
  seed: bigint,
): { readonly order: FrameOrder; readonly heldOut: Uint8Array } {
  const { lengths, chunkSteps, steps } = records;
  const trainingEpisodes = lengths.subarray(0, lengths.length - heldOutEpisodes(lengths.length));
  const order = createFrameOrder({ lengths: trainingEpisodes, chunkSteps }, streamOf(seed, "vaeFrames"));
  const first = trainingEpisodes.reduce((sum, length) => sum + length, 0);
  const count = Math.min(HELD_OUT_FRAMES, steps - first);
  const spread = Uint32Array.from(
    { length: count },
    (_, i) => first + Math.floor((i * (steps - first)) / count),
  );
  return { order, heldOut: readFrames(spread) };
}
