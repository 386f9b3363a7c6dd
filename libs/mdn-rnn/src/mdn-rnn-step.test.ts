import assert from "node:assert/strict";
import { test } from "node:test";
import { initialiseWeights } from "@worldmodels/networks";
import { createRng } from "@worldmodels/rng";
import { mdnRnnNetwork } from "./mdn-rnn-network.js";
import { lstmStep, mdnRnnStep } from "./mdn-rnn-step.js";

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

test("one LSTM unit follows the textbook equations, gates in the order input, candidate, forget, output", () => {
  const kernel = Float32Array.of(0.5, -0.25, 1, 2, -1, 0.75, 0.125, -0.5);
  const bias = Float32Array.of(0.1, 0.2, 0.3, 0.4);
  const [x, h, c] = [0.8, -0.6, 1.5];
  const sums = [0, 1, 2, 3].map((gate) => x * kernel[gate]! + h * kernel[4 + gate]! + bias[gate]!);
  const cell = sigmoid(sums[2]! + 1) * c + sigmoid(sums[0]!) * Math.tanh(sums[1]!);
  const hidden = sigmoid(sums[3]!) * Math.tanh(cell);

  const before = { hidden: Float32Array.of(h), cell: Float32Array.of(c) };
  const after = lstmStep({ kernel, bias, forgetBias: 1 }, Float32Array.of(x), before);
  // Float32 storage of gates: 6e-8 relative each.
  assert.ok(Math.abs(after.cell[0]! - cell) < 1e-6);
  assert.ok(Math.abs(after.hidden[0]! - hidden) < 1e-6);
  assert.deepEqual(before, { hidden: Float32Array.of(h), cell: Float32Array.of(c) });
});

const network = mdnRnnNetwork({
  latentDim: 3,
  actionSize: 2,
  hidden: 4,
  mixtures: 2,
  restartInput: true,
  rewardHead: true,
  terminatedHead: true,
});
const weights = initialiseWeights(network, createRng(1));
const normals = (seed: number, size: number) => createRng(seed).fillStandardNormal(new Float32Array(size));
const state = (rows: number) => ({ hidden: normals(2, rows * 4), cell: normals(3, rows * 4) });

test("a step gives mixture, reward, end and state for every row", () => {
  const input = { latent: normals(4, 6), action: normals(5, 4), restart: Float32Array.of(0, 1) };
  const step = mdnRnnStep(network, weights, input, state(2));
  assert.equal(step.mixture.logits.length, 2 * 3 * 2);
  assert.equal(step.reward?.length, 2);
  assert.equal(step.terminatedLogit?.length, 2);
  assert.equal(step.hidden.length, 8);
});

test("a row's prediction does not depend on the other rows", () => {
  const input = { latent: normals(4, 6), action: normals(5, 4), restart: Float32Array.of(0, 1) };
  const { hidden, cell } = state(2);
  const both = mdnRnnStep(network, weights, input, { hidden, cell });
  const second = mdnRnnStep(
    network,
    weights,
    { latent: input.latent.slice(3), action: input.action.slice(2), restart: Float32Array.of(1) },
    { hidden: hidden.slice(4), cell: cell.slice(4) },
  );
  assert.deepEqual(both.hidden.slice(4), second.hidden);
  assert.deepEqual(both.mixture.mean.slice(6), second.mixture.mean);
});

test("a missing weight is named", () => {
  const { "mixture/dense/bias": _, ...rest } = weights;
  const input = { latent: new Float32Array(3), action: new Float32Array(2) };
  assert.throws(
    () => mdnRnnStep(network, rest, input, state(1)),
    /weight "mixture\/dense\/bias" of the MDN-RNN is missing/,
  );
});
