import { saveModel } from "@worldmodels/artifacts";
import type { ArtifactRef, ArtifactStore } from "@worldmodels/artifacts";
import { openLatents } from "@worldmodels/episodes";
import type { LatentEpisode } from "@worldmodels/episodes";
import type { Stage } from "@worldmodels/jobs";
import { mdnRnnNetwork } from "@worldmodels/mdn-rnn";
import type { RecurrentState } from "@worldmodels/mdn-rnn";
import { initialiseWeights } from "@worldmodels/networks";
import { createRng } from "@worldmodels/rng";
import type { Rng } from "@worldmodels/rng";
import { createMdnRnnTrainer, defaultMdnRnnTraining, selectBackend } from "@worldmodels/training";
import type { LatentWindows, MdnRnnTrainer, MdnRnnTraining } from "@worldmodels/training";
import { fallingRate } from "../falling-rate.js";
import { createHeldOutJudge } from "../held-out-judge.js";
import { heldOutEpisodes } from "../held-out.js";
import type { LatentSizes } from "../latent-chain.js";
import { createLatentStream } from "../latent-stream.js";
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
  /** As in `HeldOutJudgement`; measured at some points only. */
  readonly auc?: number;
}

/** Held-out windows, or as many steps of whole episodes, that every point of the curve is judged on. */
const HELD_OUT_WINDOWS = 32;

/** Points of the curve from one judgement of the predicted end to the next. */
const POINTS_PER_AUC = 10;

/** Trains M on encoded episodes. */
export const stage: Stage = {
  name: "train-mdn-rnn",
  version: 1,
  async run({ inputs, config, seed, store, signal, loadCheckpoint, saveCheckpoint, progress, say }) {
    const settings = config as TrainMdnRnnSettings;
    const latents = requireInput(inputs, "latents");
    const { training, heldOut, sizes } = await readLatents(store, latents);
    const windowsOf = createBatches(training, sizes, settings, seed);
    const steps = settings["mdn_rnn.steps"];
    const heldOutNll = createCurveJudge(heldOut, sizes, settings);
    const judge = createHeldOutJudge(heldOut, sizes);
    // The same draws at every judgement, and none of a training step's.
    const judgeRng = () => createRng(streamOf(seed, "mdnRnnBatches", steps));
    const backend = await selectBackend();
    say(`M trains on ${backend.reason}`);

    const shape = {
      ...sizes,
      restartInput: settings["mdn_rnn.restart_input"],
      hidden: settings["mdn_rnn.hidden"],
      mixtures: settings["mdn_rnn.mixtures"],
      rewardHead: settings["mdn_rnn.reward_head"],
      terminatedHead: settings["mdn_rnn.terminated_head"],
    };
    const network = mdnRnnNetwork(shape);
    const saved = await loadCheckpoint();
    const resumed = saved && decodeTrainerCheckpoint<MdnRnnCurvePoint>(saved);
    const history: MdnRnnCurvePoint[] = [...(resumed?.history ?? [])];
    let carried = resumed?.carried;
    const trainer = createMdnRnnTrainer({
      network,
      training: trainingOf(settings),
      initial: resumed?.state ?? initialiseWeights(network, createRng(streamOf(seed, "mdnRnnWeights"))),
      backend,
    });
    const meter = createMeanMeter();
    const clock = createSaveClock();
    while (trainer.stepCount < steps) {
      signal.throwIfAborted();
      // A step's randomness follows from its number alone, so that a resumed run has the same.
      const rng = createRng(streamOf(seed, "mdnRnnBatches", trainer.stepCount));
      const { loss, state } = trainer.step(windowsOf(trainer.stepCount, rng, carried), rng);
      if (settings["mdn_rnn.sequences"] === "stream") carried = state;
      meter.add(loss);
      const step = trainer.stepCount;
      const isPoint = isCurvePoint(step, steps);
      if (isPoint) {
        const { loss: mean, nll, reward, terminated } = meter.take() as Record<keyof typeof loss, number>;
        const isJudged =
          shape.terminatedHead && judge.ends > 0 && (history.length + 1) % POINTS_PER_AUC === 0;
        const auc = isJudged ? judge.judge(trainer, judgeRng()).auc : undefined;
        history.push({
          step,
          loss: mean,
          nll,
          reward,
          terminated,
          heldOutNll: heldOutNll(trainer, judgeRng()),
          ...(auc !== undefined && { auc }),
        });
      }
      const { auc } = history.findLast((point) => point.auc !== undefined) ?? {};
      progress(step, steps, "steps", {
        NLL: loss.nll,
        active: loss.nllActive,
        ...(auc !== undefined && { AUC: auc }),
      });
      // Only at a point of the curve, where the meter is empty: a resumed run then has the same curve.
      if (isPoint && clock.isDue()) {
        const checkpoint = { state: trainer.exportState(), history, carried };
        await clock.time(() => saveCheckpoint(encodeTrainerCheckpoint(checkpoint)));
      }
      // Lets an abort message in.
      await new Promise(setImmediate);
    }
    const judged = judge.judge(trainer, judgeRng());
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
          latents: latents.digest,
          curve: history.map((point) => ({ ...point })),
          heldOut: { ...judged, episodes: judge.episodes, steps: judge.steps, ends: judge.ends },
        },
      },
    );
    trainer.dispose();
    const { nll, ...auc } = judged;
    return {
      artifacts: { "mdn-rnn": mdnRnn },
      facts: { backend: backend.reason, backendVersion: backend.version, heldOutNll: nll, ...auc },
    };
  },
};

interface SplitLatents {
  readonly training: readonly LatentEpisode[];
  readonly heldOut: readonly LatentEpisode[];
  readonly sizes: LatentSizes;
}

async function readLatents(store: ArtifactStore, ref: ArtifactRef): Promise<SplitLatents> {
  const latents = await openLatents((await store.open(ref)).folder);
  const { latentDim, actionNames } = latents.description;
  const all = Array.from({ length: latents.episodes }, (_, index) => latents.readEpisode(index));
  latents.close();
  const heldOutCount = heldOutEpisodes(all.length);
  return {
    training: all.slice(0, -heldOutCount),
    heldOut: all.slice(-heldOutCount),
    sizes: { latentDim, actionSize: actionNames.length },
  };
}

/** The windows of every training step, by the steps taken before it. */
function createBatches(
  episodes: readonly LatentEpisode[],
  sizes: LatentSizes,
  settings: TrainMdnRnnSettings,
  seed: bigint,
): (step: number, rng: Rng, carried: RecurrentState | undefined) => LatentWindows {
  const { "mdn_rnn.batch": rows, "mdn_rnn.window": windowSteps } = settings;
  if (settings["mdn_rnn.sequences"] === "windows") {
    const sampler = createLatentWindowSampler(episodes, windowSteps, sizes);
    return (_step, rng) => sampler.sample(rows, rng);
  }
  const order = streamOf(seed, "mdnRnnEpisodes");
  const stream = createLatentStream(episodes, { rows, windowSteps }, sizes, order);
  return (step, _rng, carried) => {
    const { windows, goesOn } = stream.windowsOf(step);
    return { ...windows, state: goesOn ? carried : undefined };
  };
}

/**
 * The held-out NLL of the loss curve, as M is trained: on windows from the zero state, or on whole episodes, the first
 * ones that have as many steps.
 */
function createCurveJudge(
  episodes: readonly LatentEpisode[],
  sizes: LatentSizes,
  settings: TrainMdnRnnSettings,
): (trainer: MdnRnnTrainer, rng: Rng) => number {
  const windowSteps = settings["mdn_rnn.window"];
  if (settings["mdn_rnn.sequences"] === "windows") {
    const windows = createLatentWindowSampler(episodes, windowSteps, sizes).spread(HELD_OUT_WINDOWS);
    return (trainer, rng) => trainer.evaluate(windows, rng).loss.nll;
  }
  let steps = 0;
  const first = episodes.filter(({ rewards }) => {
    const isTaken = steps < HELD_OUT_WINDOWS * windowSteps;
    steps += rewards.length;
    return isTaken;
  });
  const judge = createHeldOutJudge(first, sizes);
  return (trainer, rng) => judge.judge(trainer, rng).nll;
}

function trainingOf(settings: TrainMdnRnnSettings): MdnRnnTraining {
  const {
    "mdn_rnn.learning_rate": first,
    "mdn_rnn.final_learning_rate": final,
    "mdn_rnn.steps": steps,
  } = settings;
  return {
    ...defaultMdnRnnTraining,
    learningRate: final === 0 ? first : (step) => fallingRate(step, { first, final, steps }),
    clipValue: settings["mdn_rnn.clip"],
    terminatedPositiveWeight: settings["mdn_rnn.end_weight"],
  };
}
