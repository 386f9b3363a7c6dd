import assert from "node:assert/strict";
import { test } from "node:test";
import { klDivergences, squaredErrors, vaeLoss } from "./vae-loss.js";

test("the KL divergence of a unit normal is 0 and of a shifted one half the squared shift", () => {
  const mean = Float64Array.of(0, 0, 1, -2);
  assert.deepEqual([...klDivergences(mean, new Float64Array(4), 2)], [0, 2.5]);
});

test("the KL divergence equals the integral of p log(p / q)", () => {
  const [mean, logVariance] = [0.7, -1.1];
  const std = Math.exp(logVariance / 2);
  // Midpoint rule over ±12 standard deviations; the integrand is smooth, so the error is far below the tolerance.
  const [pieces, width] = [20_000, (24 * std) / 20_000];
  let integral = 0;
  for (let i = 0; i < pieces; i++) {
    const x = mean - 12 * std + (i + 0.5) * width;
    const logP = -0.5 * ((x - mean) / std) ** 2 - Math.log(std);
    integral += (Math.exp(logP) / Math.sqrt(2 * Math.PI)) * (logP + 0.5 * x * x) * width;
  }
  const [kl = NaN] = klDivergences(Float64Array.of(mean), Float64Array.of(logVariance), 1);
  assert.ok(Math.abs(kl - integral) < 1e-9, `${kl} and ${integral}`);
});

test("squared errors are summed over an image, not averaged", () => {
  const frames = Float64Array.of(0, 0.5, 1, 1);
  assert.deepEqual([...squaredErrors(frames, Float64Array.of(0.5, 0.5, 0, 0), 2)], [0.25, 2]);
});

test("the floor holds for the summed KL of each row, not for single dimensions or the batch's mean", () => {
  const frames = new Float64Array(2);
  // KL per row: 0.5 * 3² = 4.5 in one dimension, and 0.
  const mean = Float64Array.of(3, 0, 0, 0);
  const options = { rows: 2, klTolerance: 0.5 };
  const loss = vaeLoss(frames, frames, mean, new Float64Array(4), options);
  assert.deepEqual(loss, { reconstruction: 0, kl: 2.25, loss: (4.5 + 1) / 2 });
});

test("arrays that do not fit are refused", () => {
  assert.throws(
    () => squaredErrors(new Float32Array(4), new Float32Array(6), 2),
    /arrays of 4 and 6 numbers/,
  );
  assert.throws(() => klDivergences(new Float32Array(5), new Float32Array(5), 2), /same multiple of 2 rows/);
});
