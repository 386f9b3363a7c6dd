import { saveModel } from "@worldmodels/artifacts";
import { openLatents } from "@worldmodels/episodes";
import type { Stage } from "@worldmodels/jobs";
import { mdnRnnNetwork } from "@worldmodels/mdn-rnn";
import { initialiseWeights } from "@worldmodels/networks";
import { createRng } from "@worldmodels/rng";
import { createMdnRnnTrainer, defaultMdnRnnTraining, selectBackend } from "@worldmodels/training";
import { heldOutEpisodes } from "../held-out.js";
import { createLatentWindowSampler } from "../latent-window-sampler.js";
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

export type TrainMdnRnnSettings = Pick<RunSettings, Extract<keyof RunSettings, `mdn_rnn.${string}`>>;

/** One point of M's loss curve: means over the training steps since the last one, and the NLL on held-out episodes. */
export interface MdnRnnCurvePoint {
  readonly step: number;
  readonly loss: number;
  readonly nll: number;
  readonly reward: number;
  readonly terminated: number;
  readonly heldOutNll: number;
}

/** Held-out windows that every point of the curve is judged on. */
const HELD_OUT_WINDOWS = 32;

/** Trains M on encoded episodes. */
export const stage: Stage = {
  name: "train-mdn-rnn",
  version: 1,
  async run({ inputs, config, seed, store, signal, loadCheckpoint, saveCheckpoint, progress, say }) {
    const settings = config as TrainMdnRnnSettings;
    const latents = await openLatents((await store.open(requireInput(inputs, "latents"))).folder);
    const { latentDim, actionNames } = latents.description;
    const all = Array.from({ length: latents.episodes }, (_, index) => latents.readEpisode(index));
    latents.close();
    const heldOutCount = heldOutEpisodes(all.length);
    const sizes = { latentDim, actionSize: actionNames.length };
    const sampler = createLatentWindowSampler(all.slice(0, -heldOutCount), settings["mdn_rnn.window"], sizes);
    const heldOut = createLatentWindowSampler(
      all.slice(-heldOutCount),
      settings["mdn_rnn.window"],
      sizes,
    ).spread(HELD_OUT_WINDOWS);
    const backend = await selectBackend();
    say(`M trains on ${backend.reason}`);

    const shape = {
      ...sizes,
      restartInput: false,
      hidden: settings["mdn_rnn.hidden"],
      mixtures: settings["mdn_rnn.mixtures"],
      rewardHead: settings["mdn_rnn.reward_head"],
      terminatedHead: settings["mdn_rnn.terminated_head"],
    };
    const network = mdnRnnNetwork(shape);
    const steps = settings["mdn_rnn.steps"];
    const saved = await loadCheckpoint();
    const resumed = saved && decodeTrainerCheckpoint<MdnRnnCurvePoint>(saved);
    const history: MdnRnnCurvePoint[] = [...(resumed?.history ?? [])];
    const trainer = createMdnRnnTrainer({
      network,
      training: {
        ...defaultMdnRnnTraining,
        learningRate: settings["mdn_rnn.learning_rate"],
        clipValue: settings["mdn_rnn.clip"],
      },
      initial: resumed?.state ?? initialiseWeights(network, createRng(streamOf(seed, "mdnRnnWeights"))),
      backend,
    });
    const meter = createMeanMeter();
    const clock = createSaveClock();
    while (trainer.stepCount < steps) {
      signal.throwIfAborted();
      const rng = createRng(streamOf(seed, "mdnRnnBatches", trainer.stepCount));
      const loss = trainer.step(sampler.sample(settings["mdn_rnn.batch"], rng), rng);
      meter.add(loss);
      const step = trainer.stepCount;
      const isPoint = isCurvePoint(step, steps);
      if (isPoint) {
        const { loss: mean, nll, reward, terminated } = meter.take() as Record<keyof typeof loss, number>;
        const judged = trainer.evaluate(heldOut, createRng(streamOf(seed, "mdnRnnBatches", steps)));
        history.push({ step, loss: mean, nll, reward, terminated, heldOutNll: judged.nll });
      }
      progress(step, steps, "steps", { NLL: loss.nll, active: loss.nllActive });
      if (isPoint && clock.isDue()) {
        await clock.time(() => saveCheckpoint(encodeTrainerCheckpoint(trainer.exportState(), history)));
      }
      // Lets an abort message in.
      await new Promise(setImmediate);
    }
    const mdnRnn = await saveModel(
      store,
      {
        kind: "mdn-rnn",
        network,
        config: { ...shape, observation: "wm64" },
        weights: trainer.exportWeights(),
      },
      {
        training: {
          settings: { ...settings },
          latents: requireInput(inputs, "latents").digest,
          curve: history.map((point) => ({ ...point })),
        },
      },
    );
    trainer.dispose();
    return {
      artifacts: { "mdn-rnn": mdnRnn },
      facts: { backend: backend.reason, backendVersion: backend.version },
    };
  },
};
