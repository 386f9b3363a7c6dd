import assert from "node:assert/strict";
import { test } from "node:test";
import type { LatentEpisode } from "@worldmodels/episodes";
import { createRng } from "@worldmodels/rng";
import { countedEpisode } from "./counted-episode.test-helper.js";
import { createCountingStepper } from "./counting-stepper.test-data.js";
import { activeDimensions, createPartingMeasure } from "./report-parting.js";
import { watchEpisodes } from "./report-watch.js";

/** Both numbers of z are the step, each action is 1: z' = z + a. V is sure of both. */
function climbingEpisode(length: number): LatentEpisode {
  return {
    ...countedEpisode(0, length, true),
    mean: Float32Array.from({ length: 2 * length }, (_, i) => Math.floor(i / 2)),
    logVariance: new Float32Array(2 * length).fill(-4),
    actions: new Float32Array(length).fill(1),
  };
}

async function measure(
  episodes: readonly LatentEpisode[],
  options: Parameters<typeof createCountingStepper>[0] & { temperature?: number; seed?: number } = {},
) {
  const stepper = createCountingStepper(options);
  const { temperature = 1, seed = 5 } = options;
  const parting = createPartingMeasure(episodes, { stepper, temperature, rng: createRng(seed) });
  if (typeof parting === "string") throw new Error(parting);
  await watchEpisodes(episodes, stepper, (step) => {
    parting.onStep(step);
  });
  return parting.finish();
}

/** Six standard deviations of the noise that a rule-abiding M adds in `steps` steps, e^-7 each. */
const noise = (steps: number) => 6 * Math.exp(-7) * Math.sqrt(steps);

test("an M that knows the rule dreams what comes, while standing still falls behind step by step", async () => {
  const parting = await measure([climbingEpisode(300), climbingEpisode(200)]);
  assert.equal(parting.moments, 64);
  assert.equal(parting.episodes, 2);
  assert.deepEqual([parting.activeDims, parting.latentDim], [2, 2]);
  assert.equal(parting.dreamed.length, 60);
  parting.dreamed.forEach(({ lower, median, upper }, k) => {
    assert.ok(lower <= median && median <= upper && upper < noise(k + 1), `${upper} after ${k + 1}`);
  });
  parting.still.forEach((distance, k) => {
    assert.deepEqual(distance, { lower: k + 1, median: k + 1, upper: k + 1 });
  });
});

test("the memory that M dreams on from is the one it had at the moment", async () => {
  // This M knows the time from its memory alone: one step of memory more or less would be a distance of 1.
  const parting = await measure([climbingEpisode(200)], { nextLatent: ({ hidden }) => hidden });
  for (const { upper } of parting.dreamed) assert.ok(upper < noise(1), String(upper));
});

test("an M that sees the game stand still is as far from it as what it saw last", async () => {
  const parting = await measure([climbingEpisode(200)], { nextLatent: ({ latent }) => latent });
  parting.dreamed.forEach(({ median }, k) => {
    assert.ok(Math.abs(median - (k + 1)) < noise(k + 1), `${median} after ${k + 1}`);
  });
});

test("two frames at random are as far apart as two uniform numbers", async () => {
  const { unrelated } = await measure([climbingEpisode(1000)]);
  // |x - y| is below d with probability 1 - (1 - d)^2: quartiles at 1 - sqrt(3/4), 1 - sqrt(1/2) and 1/2.
  const expected = { lower: 133.97, median: 292.89, upper: 500 };
  for (const key of ["lower", "median", "upper"] as const) {
    assert.ok(Math.abs(unrelated[key] - expected[key]) < 30, `${key}: ${unrelated[key]}`);
  }
});

test("the first step is what M expects, without noise; a dream goes on from a draw, with more of it where it is hotter", async () => {
  const resting = {
    ...climbingEpisode(400),
    mean: new Float32Array(800),
    actions: new Float32Array(400),
  };
  const cold = await measure([resting], { temperature: 1 });
  const hot = await measure([resting], { temperature: 4 });
  assert.deepEqual([cold.dreamed[0]!.upper, hot.dreamed[0]!.upper], [0, 0]);
  assert.ok(cold.dreamed[1]!.median > 0);
  // Noise grows with the root of the temperature, and the draws are the same.
  assert.ok(Math.abs(hot.dreamed[1]!.median / cold.dreamed[1]!.median - 2) < 1e-4);
});

test("the same seed gives the same measurement, another one other moments", async () => {
  const episodes = [climbingEpisode(300)];
  const first = await measure(episodes);
  assert.deepEqual(await measure(episodes), first);
  assert.notDeepEqual(await measure(episodes, { seed: 6 }), first);
});

test("short episodes are dreamed of as far as they go", async () => {
  const parting = await measure([climbingEpisode(45), climbingEpisode(41)]);
  assert.equal(parting.dreamed.length, 14);
  assert.deepEqual([parting.moments, parting.episodes], [1, 1], "only the longer one has so many steps left");
});

test("episodes that are too short are a sentence", () => {
  const stepper = createCountingStepper();
  const parting = createPartingMeasure([climbingEpisode(40)], { stepper, temperature: 1, rng: createRng(1) });
  assert.match(parting as string, /longest held-out episode has 40 steps, and 41 are needed/);
});

test("dimensions that V does not use count in no distance, and a V that uses none is a sentence", async () => {
  const halfUsed = climbingEpisode(200);
  halfUsed.logVariance.forEach((_, i) => (halfUsed.logVariance[i] = i % 2 === 0 ? -4 : 0));
  halfUsed.mean.forEach((_, i) => {
    if (i % 2 === 1) halfUsed.mean[i] = 1000 * Math.sin(i);
  });
  assert.deepEqual(activeDimensions([halfUsed], 2), [0]);
  const parting = await measure([halfUsed]);
  assert.deepEqual([parting.activeDims, parting.latentDim], [1, 2]);
  assert.equal(parting.still[4]!.median, 5);
  const stepper = createCountingStepper();
  const unused = { ...halfUsed, logVariance: new Float32Array(400) };
  const none = createPartingMeasure([unused], { stepper, temperature: 1, rng: createRng(1) });
  assert.match(none as string, /V uses no dimension of its latent/);
});
