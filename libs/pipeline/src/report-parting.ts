import type { LatentEpisode } from "@worldmodels/episodes";
import type { MdnRnnStepper } from "@worldmodels/inference";
import { mixtureWeights, sampleMixture } from "@worldmodels/mdn-rnn";
import type { Mixture } from "@worldmodels/mdn-rnn";
import type { PartingData, Quartiles } from "@worldmodels/report";
import { quartilesOf } from "@worldmodels/report";
import type { Rng } from "@worldmodels/rng";
import { rowOf } from "./report-watch.js";
import type { WatchedStep } from "./report-watch.js";

/** Steps of an episode that M sees at least before it dreams on. */
const CONTEXT_STEPS = 30;
const MOST_MOMENTS = 64;
const MOST_STEPS = 60;
/** Fewer steps than these are no curve. */
const LEAST_STEPS = 10;
const RANDOM_PAIRS = 4096;
/** A latent dimension whose posterior is as wide as its prior says nothing of the frame. */
const ACTIVE_BELOW_STD = 0.9;

/** A moment in an episode at which M stops watching and dreams on, with its memory of all before it. */
interface Moment {
  readonly episode: number;
  /** The last step whose latent M sees. */
  readonly step: number;
  readonly hidden: Float32Array;
  readonly cell: Float32Array;
}

/** Measures how far M's dreams go from what really followed; takes part in a watching, then dreams. */
export interface PartingMeasure {
  /** For `watchEpisodes`. */
  onStep(watched: WatchedStep): void;
  /** After the watching. */
  finish(): Promise<PartingData>;
}

/**
 * @param episodes those that will be watched, none of which V or M was trained on
 * @param options.temperature of the dream
 * @param options.rng chooses the moments now; `finish` takes the dreams' noise and the random pairs from it
 * @returns a sentence where there is nothing to measure
 */
export function createPartingMeasure(
  episodes: readonly LatentEpisode[],
  options: { readonly stepper: MdnRnnStepper; readonly temperature: number; readonly rng: Rng },
): PartingMeasure | string {
  const { stepper, temperature, rng } = options;
  const { latentDim, hidden } = stepper.config;
  const active = activeDimensions(episodes, latentDim);
  if (active.length === 0) {
    return `V uses no dimension of its latent (the posterior's standard deviation is ${ACTIVE_BELOW_STD} or more in all), so distances between dream and game mean nothing and are not shown.`;
  }
  const longest = episodes.reduce((most, { rewards }) => Math.max(most, rewards.length), 0);
  const steps = Math.min(MOST_STEPS, longest - 1 - CONTEXT_STEPS);
  if (steps < LEAST_STEPS) {
    return `The longest held-out episode has ${longest} steps, and ${CONTEXT_STEPS + LEAST_STEPS + 1} are needed to see where the dream and the game part.`;
  }
  const moments = chooseMoments(episodes, steps, rng).map((moment): Moment => ({
    ...moment,
    hidden: new Float32Array(hidden),
    cell: new Float32Array(hidden),
  }));
  return {
    onStep({ episode, step, row, prediction }) {
      for (const moment of moments) {
        if (moment.episode !== episode || moment.step !== step + 1) continue;
        moment.hidden.set(rowOf(prediction.hidden, row, hidden));
        moment.cell.set(rowOf(prediction.cell, row, hidden));
      }
    },
    async finish() {
      const distances = await dreamOn(episodes, moments, { steps, stepper, temperature, rng, active });
      return {
        moments: moments.length,
        episodes: new Set(moments.map(({ episode }) => episode)).size,
        temperature,
        activeDims: active.length,
        latentDim,
        ...distances,
        unrelated: quartiles(randomDistances(episodes, { latentDim, active, rng })),
      };
    },
  };
}

/** The latent dimensions that V uses: on average over the frames, the posterior knows them better than the prior. */
export function activeDimensions(episodes: readonly LatentEpisode[], latentDim: number): number[] {
  const sums = new Float64Array(latentDim);
  let frames = 0;
  for (const { logVariance } of episodes) {
    frames += logVariance.length / latentDim;
    logVariance.forEach((value, i) => {
      sums[i % latentDim] = (sums[i % latentDim] ?? 0) + Math.exp(value / 2);
    });
  }
  return Array.from(sums.keys()).filter((dimension) => (sums[dimension] ?? 0) / frames < ACTIVE_BELOW_STD);
}

/** Moments spread evenly, each at random within its share, over all those with enough steps before and after. */
function chooseMoments(
  episodes: readonly LatentEpisode[],
  steps: number,
  rng: Rng,
): { readonly episode: number; readonly step: number }[] {
  const places = episodes.flatMap(({ rewards }, episode) => {
    const count = Math.max(0, rewards.length - steps - CONTEXT_STEPS);
    return Array.from({ length: count }, (_, k) => ({ episode, step: CONTEXT_STEPS + k }));
  });
  const count = Math.min(MOST_MOMENTS, places.length);
  return Array.from({ length: count }, (_, k) =>
    Math.floor(((k + rng.random()) * places.length) / count),
  ).flatMap((place) => places[place] ?? []);
}

interface DreamOptions {
  readonly steps: number;
  readonly stepper: MdnRnnStepper;
  readonly temperature: number;
  readonly rng: Rng;
  readonly active: readonly number[];
}

/** Dreams on from all moments at once, as many rows at a time as the stepper has. */
async function dreamOn(
  episodes: readonly LatentEpisode[],
  moments: readonly Moment[],
  { steps, stepper, temperature, rng, active }: DreamOptions,
): Promise<Pick<PartingData, "dreamed" | "still">> {
  const { latentDim, actionSize, hidden, mixtures } = stepper.config;
  const dreamed = Array.from({ length: steps }, () => [] as number[]);
  const still = Array.from({ length: steps }, () => [] as number[]);
  for (let first = 0; first < moments.length; first += stepper.batch) {
    const rows = moments.slice(first, first + stepper.batch).flatMap((moment) => {
      const episode = episodes[moment.episode];
      return episode === undefined ? [] : [{ ...moment, ...episode }];
    });
    const latent = new Float32Array(rows.length * latentDim);
    const action = new Float32Array(rows.length * actionSize);
    const state = {
      hidden: new Float32Array(rows.length * hidden),
      cell: new Float32Array(rows.length * hidden),
    };
    rows.forEach((moment, row) => {
      latent.set(rowOf(moment.mean, moment.step, latentDim), row * latentDim);
      state.hidden.set(moment.hidden, row * hidden);
      state.cell.set(moment.cell, row * hidden);
    });
    for (let k = 0; k < steps; k++) {
      rows.forEach(({ actions, step }, row) => {
        action.set(rowOf(actions, step + k, actionSize), row * actionSize);
      });
      const prediction = await stepper.step({ latent, action }, state);
      state.hidden.set(prediction.hidden);
      state.cell.set(prediction.cell);
      const size = rows.length * latentDim * mixtures;
      const { logits, mean, logStd } = prediction.mixture;
      const mixture = {
        logits: logits.subarray(0, size),
        mean: mean.subarray(0, size),
        logStd: logStd.subarray(0, size),
      };
      // The dream goes on from a draw. What is compared is the expectation: real z is V's mean, without V's noise.
      const expected = expectedLatent(mixture, temperature, mixtures);
      sampleMixture(mixture, temperature, rng, latent);
      rows.forEach((moment, row) => {
        const real = rowOf(moment.mean, moment.step + k + 1, latentDim);
        dreamed[k]?.push(distanceOf(rowOf(expected, row, latentDim), real, active));
        still[k]?.push(distanceOf(rowOf(moment.mean, moment.step, latentDim), real, active));
      });
    }
  }
  return { dreamed: dreamed.map(quartiles), still: still.map(quartiles) };
}

/** Mean of each mixture, `[rows, latent]`. */
function expectedLatent({ logits, mean }: Mixture, temperature: number, components: number): Float32Array {
  const weights = mixtureWeights(logits, components, temperature);
  const expected = new Float32Array(mean.length / components);
  mean.forEach((value, i) => {
    const at = Math.floor(i / components);
    expected[at] = (expected[at] ?? 0) + (weights[i] ?? 0) * value;
  });
  return expected;
}

function randomDistances(
  episodes: readonly LatentEpisode[],
  {
    latentDim,
    active,
    rng,
  }: { readonly latentDim: number; readonly active: readonly number[]; readonly rng: Rng },
): number[] {
  const draw = () => {
    let place = rng.integers(episodes.reduce((sum, { rewards }) => sum + rewards.length, 0));
    for (const { mean, rewards } of episodes) {
      if (place < rewards.length) return rowOf(mean, place, latentDim);
      place -= rewards.length;
    }
    throw new RangeError("a frame was drawn from behind the last episode");
  };
  return Array.from({ length: RANDOM_PAIRS }, () => distanceOf(draw(), draw(), active));
}

/** Root mean square of the differences in some dimensions. */
function distanceOf(one: Float32Array, other: Float32Array, dimensions: readonly number[]): number {
  const squares = dimensions.reduce((sum, i) => sum + ((one[i] ?? 0) - (other[i] ?? 0)) ** 2, 0);
  return Math.sqrt(squares / dimensions.length);
}

function quartiles(values: readonly number[]): Quartiles {
  return quartilesOf(values) ?? { lower: NaN, median: NaN, upper: NaN };
}
