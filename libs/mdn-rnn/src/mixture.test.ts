import assert from "node:assert/strict";
import { test } from "node:test";
import { createRng } from "@worldmodels/rng";
import type { Mixture } from "./mixture.js";
import {
  clampLogStd,
  LOG_STD_RANGE,
  mixtureLogLikelihood,
  mixtureNll,
  mixtureWeights,
  sampleMixture,
  splitMixture,
} from "./mixture.js";

const mixtureOf = (logits: number[], mean: number[], logStd: number[]): Mixture => ({
  logits: Float32Array.from(logits),
  mean: Float32Array.from(mean),
  logStd: Float32Array.from(logStd),
});

/** One mixture repeated, so that many draws of one dimension are one call. */
const repeated = ({ logits, mean, logStd }: Mixture, times: number): Mixture => ({
  logits: Float32Array.from({ length: logits.length * times }, (_, i) => logits[i % logits.length]!),
  mean: Float32Array.from({ length: mean.length * times }, (_, i) => mean[i % mean.length]!),
  logStd: Float32Array.from({ length: logStd.length * times }, (_, i) => logStd[i % logStd.length]!),
});

const three = mixtureOf([0.3, -1, 1.2], [-2, 0.5, 3], [-0.7, 0.1, -1.3]);
const near = (actual: number, expected: number, tolerance: number) =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not within ${tolerance} of ${expected}`);
const average = (values: Float32Array) => values.reduce((sum, value) => sum + value, 0) / values.length;

test("one component is a Gaussian with its closed-form density", () => {
  const [value = NaN] = mixtureLogLikelihood(mixtureOf([5], [1], [Math.log(2)]), Float32Array.of(4));
  near(value, -0.5 * (3 / 2) ** 2 - Math.log(2) - 0.5 * Math.log(2 * Math.PI), 1e-7);
});

test("unit noise has a negative log-likelihood of its entropy, 1.419 nats", () => {
  const target = createRng(5).fillStandardNormal(new Float32Array(100_000));
  const nll = mixtureNll(repeated(mixtureOf([0, 0], [0, 0], [0, 0]), target.length), target);
  // The spread of ½ x² is √½, so the mean of 100,000 is good to 0.0022.
  near(nll, 0.5 * Math.log(2 * Math.PI * Math.E), 0.007);
});

test("the density integrates to 1", () => {
  const width = 0.001;
  const xs = Float32Array.from({ length: 40_000 }, (_, i) => -20 + (i + 0.5) * width);
  const density = mixtureLogLikelihood(repeated(three, xs.length), xs).map(Math.exp);
  near(
    density.reduce((sum, value) => sum + value * width, 0),
    1,
    1e-5,
  );
});

test("the log-likelihood stays finite far from every component and at huge logits", () => {
  const values = mixtureLogLikelihood(
    repeated(mixtureOf([900, -900], [0, 0], [-5, -5]), 2),
    Float32Array.of(1e4, 0),
  );
  assert.ok(values.every(Number.isFinite), values.join(", "));
});

for (const temperature of [0.1, 0.5, 1, 1.3, 10]) {
  test(`the weights at temperature ${temperature} sum to 1 and keep their order`, () => {
    const weights = mixtureWeights(Float32Array.of(0.3, -1, 1.2, 400, 0, -400), 3, temperature);
    near(weights[0]! + weights[1]! + weights[2]!, 1, 1e-12);
    near(weights[3]! + weights[4]! + weights[5]!, 1, 1e-12);
    assert.ok(weights[2]! > weights[0]! && weights[0]! > weights[1]!);
  });
}

test("temperature divides logits: ratios of weights are exp(difference / temperature)", () => {
  const [first = NaN, second = NaN] = mixtureWeights(Float32Array.of(1, -1), 2, 4);
  near(Math.log(first / second), 0.5, 1e-12);
});

for (const temperature of [0.5, 1, 2]) {
  test(`draws at temperature ${temperature} have the mean and variance of the tempered mixture`, () => {
    const count = 200_000;
    const draws = sampleMixture(repeated(three, count), temperature, createRng(11), new Float32Array(count));
    const weights = mixtureWeights(three.logits, 3, temperature);
    const mean = weights.reduce((sum, weight, k) => sum + weight * three.mean[k]!, 0);
    const variance = weights.reduce(
      (sum, weight, k) =>
        sum + weight * (temperature * Math.exp(2 * three.logStd[k]!) + (three.mean[k]! - mean) ** 2),
      0,
    );
    // Five standard errors: a wrong seed cannot fail it, a wrong formula does.
    near(average(draws), mean, 5 * Math.sqrt(variance / count));
    near(average(draws.map((draw) => (draw - mean) ** 2)) / variance, 1, 0.02);
  });
}

test("a temperature near 0 draws the mean of the likeliest component", () => {
  const draws = sampleMixture(repeated(three, 100), 1e-6, createRng(1), new Float32Array(100));
  assert.ok(draws.every((draw) => Math.abs(draw - 3) < 0.01));
});

test("every dimension chooses its component for itself", () => {
  const coin = mixtureOf([0, 0], [-1, 1], [-7, -7]);
  const signs = sampleMixture(repeated(coin, 2 * 4000), 1, createRng(2), new Float32Array(8000)).map(
    Math.sign,
  );
  let agreeing = 0;
  for (let row = 0; row < 4000; row++) agreeing += signs[2 * row] === signs[2 * row + 1] ? 1 : 0;
  near(agreeing / 4000, 0.5, 0.05);
});

test("the same generator state draws the same bytes, a row at a time or all at once", () => {
  const mixture = repeated(three, 8);
  const together = sampleMixture(mixture, 1, createRng(9), new Float32Array(8));
  const rng = createRng(9);
  const oneByOne = Array.from({ length: 8 }, () => sampleMixture(three, 1, rng, new Float32Array(1))[0]);
  assert.deepEqual([...together], oneByOne);
});

test("standard deviations outside the bounds are taken as the bounds, in draws and in likelihoods", () => {
  assert.equal(clampLogStd(50), LOG_STD_RANGE.max);
  assert.equal(clampLogStd(-50), LOG_STD_RANGE.min);
  for (const [wild, bound] of [
    [50, LOG_STD_RANGE.max],
    [-50, LOG_STD_RANGE.min],
  ] as const) {
    const [given, taken] = [mixtureOf([0], [0], [wild]), mixtureOf([0], [0], [bound])];
    const target = Float32Array.of(0.3);
    assert.deepEqual(mixtureLogLikelihood(given, target), mixtureLogLikelihood(taken, target));
    const draw = (mixture: Mixture) => sampleMixture(mixture, 1, createRng(3), new Float32Array(1));
    assert.deepEqual(draw(given), draw(taken));
  }
});

test("splitMixture takes logits, means and log standard deviations from each row's three blocks", () => {
  const output = Float32Array.from({ length: 12 }, (_, i) => i);
  assert.deepEqual(
    splitMixture(output, { rows: 2, block: 2 }),
    mixtureOf([0, 1, 6, 7], [2, 3, 8, 9], [4, 5, 10, 11]),
  );
  assert.throws(
    () => splitMixture(output, { rows: 5, block: 2 }),
    /12 numbers was given where 5 rows need 30/,
  );
});

for (const temperature of [0, -1, NaN, Infinity]) {
  test(`a temperature of ${temperature} is refused`, () => {
    const draw = () => sampleMixture(three, temperature, createRng(1), new Float32Array(1));
    assert.throws(draw, /temperature is .* and must be a number above 0/);
  });
}

test("a mixture that does not fit its latents is refused", () => {
  assert.throws(
    () => mixtureNll(three, new Float32Array(2)),
    /3 logits, 3 means and 3 .* does not fit 2 latent numbers/,
  );
});
