import type { LoadedModel } from "@worldmodels/artifacts";
import type { EpisodeStore, LatentEpisode, LatentStore } from "@worldmodels/episodes";
import { createDecoder } from "@worldmodels/inference";
import type { Decoder, MdnRnnStepper } from "@worldmodels/inference";
import { sampleMixture } from "@worldmodels/mdn-rnn";
import type { DreamData, Pictures } from "@worldmodels/report";
import { createRng } from "@worldmodels/rng";
import type { Rng } from "@worldmodels/rng";
import { rowOf } from "./report-watch.js";
import { streamOf } from "./seeds.js";

/** Temperatures that the report shows a dream at. */
const REPORT_TEMPERATURES = [0.5, 1.0, 1.3] as const;

/** Steps of reality that M sees before it dreams on. */
const CONTEXT_STEPS = 30;
const STEPS_APART = 5;
const PICTURES = 9;
const SHOWN_DREAMS = 2;

interface DreamMoment {
  readonly label: string;
  readonly episode: LatentEpisode;
  /** uint8 `[length, 64, 64, 3]`. */
  readonly frames: Uint8Array;
  /** Step of the episode at which the dream parts from reality. */
  readonly step: number;
}

/** Steps that an episode must have before and after such a moment. */
const momentSteps = { before: CONTEXT_STEPS, after: (PICTURES - 1) * STEPS_APART } as const;

/** Dreams that part from the last episodes, which are the held-out ones, where those are long enough. */
export async function describeDreams(
  { episodes, latents }: { readonly episodes: EpisodeStore; readonly latents: LatentStore },
  vae: LoadedModel,
  stepper: MdnRnnStepper,
  seed: bigint,
): Promise<DreamData[]> {
  const decoder = await createDecoder({ vae, batch: REPORT_TEMPERATURES.length });
  const dreams: DreamData[] = [];
  for (let index = episodes.episodes - 1; index >= 0 && dreams.length < SHOWN_DREAMS; index--) {
    const length = episodes.lengths[index] ?? 0;
    const latest = length - 1 - momentSteps.after;
    if (latest < momentSteps.before) continue;
    const step = Math.max(momentSteps.before, Math.floor(latest / 2));
    const moment = {
      label: `episode of seed ${episodes.seeds[index]}, from step ${step}`,
      episode: latents.readEpisode(index),
      frames: episodes.readEpisode(index).frames,
      step,
    };
    dreams.push(await dreamFrom(moment, stepper, decoder, createRng(streamOf(seed, "report", index))));
  }
  await decoder.close();
  return dreams;
}

/**
 * Lets M watch reality up to a moment and then dream on, with the actions that were really taken: once per
 * temperature, each in a row of one batch.
 */
async function dreamFrom(
  moment: DreamMoment,
  stepper: MdnRnnStepper,
  decoder: Decoder,
  rng: Rng,
): Promise<DreamData> {
  const { config } = stepper;
  const { latentDim, actionSize, hidden, mixtures } = config;
  const { episode, step: start } = moment;
  const rows = REPORT_TEMPERATURES.length;
  const latent = new Float32Array(rows * latentDim);
  const action = new Float32Array(rows * actionSize);
  let state = { hidden: new Float32Array(rows * hidden), cell: new Float32Array(rows * hidden) };
  const strips = REPORT_TEMPERATURES.map(() => createPictures());
  const real = createPictures();

  for (let step = start - CONTEXT_STEPS; step <= start + momentSteps.after; step++) {
    for (let row = 0; row < rows; row++) {
      // Up to the moment every row sees what was real; afterwards each goes on from its own dream.
      if (step <= start) latent.set(rowOf(episode.mean, step, latentDim), row * latentDim);
      action.set(rowOf(episode.actions, step, actionSize), row * actionSize);
    }
    if (step >= start && (step - start) % STEPS_APART === 0) {
      const index = (step - start) / STEPS_APART;
      const pictures = await decoder.decode(latent);
      strips.forEach((strip, row) => {
        strip.data.set(rowOf(pictures, row, FRAME_BYTES), index * FRAME_BYTES);
      });
      real.data.set(rowOf(moment.frames, step, FRAME_BYTES), index * FRAME_BYTES);
    }
    const prediction = await stepper.step({ latent, action }, state);
    state = { hidden: Float32Array.from(prediction.hidden), cell: Float32Array.from(prediction.cell) };
    if (step < start) continue;
    REPORT_TEMPERATURES.forEach((temperature, row) => {
      const size = latentDim * mixtures;
      const mixture = {
        logits: rowOf(prediction.mixture.logits, row, size),
        mean: rowOf(prediction.mixture.mean, row, size),
        logStd: rowOf(prediction.mixture.logStd, row, size),
      };
      sampleMixture(mixture, temperature, rng, latent.subarray(row * latentDim, (row + 1) * latentDim));
    });
  }
  return {
    label: moment.label,
    stepsApart: STEPS_APART,
    real,
    dreamed: REPORT_TEMPERATURES.map((temperature, row) => ({ temperature, pictures: strips[row] ?? real })),
  };
}

const FRAME_BYTES = 64 * 64 * 3;

function createPictures(): Pictures {
  return { count: PICTURES, height: 64, width: 64, data: new Uint8Array(PICTURES * FRAME_BYTES) };
}
