import assert from "node:assert/strict";
import { test } from "node:test";
import { createRng } from "@worldmodels/rng";
import type { NetworkDescription } from "./description.js";
import { glorotLimit, initialiseWeights } from "./initialise-weights.js";
import { validateWeights } from "./validate-weights.js";

const network: NetworkDescription = {
  inputs: { frames: [16, 16, 8] },
  chains: [
    {
      name: "net",
      from: "frames",
      layers: [{ type: "conv2d", name: "conv", filters: 24, kernel: 4, stride: 2, activation: "relu" }],
    },
  ],
};

test("kernels are uniform within the Glorot bound and biases are zero", () => {
  const weights = initialiseWeights(network, createRng(7));
  const kernel = weights["net/conv/kernel"]!.data;
  const limit = Math.sqrt(6 / (4 * 4 * 8 + 4 * 4 * 24));
  assert.equal(glorotLimit([4, 4, 8, 24]), limit);
  assert.ok(kernel.every((value) => Math.abs(value) <= limit));
  // 3,072 draws: the variance of a uniform is limit² / 3, its estimate good to about 2 %.
  const variance = kernel.reduce((sum, value) => sum + value * value, 0) / kernel.length;
  assert.ok(
    Math.abs(variance / (limit ** 2 / 3) - 1) < 0.08,
    `variance ratio ${variance / (limit ** 2 / 3)}`,
  );
  assert.ok(weights["net/conv/bias"]!.data.every((value) => value === 0));
});

test("the same seed gives the same weights and another seed other ones", () => {
  const kernelOf = (seed: number) => initialiseWeights(network, createRng(seed))["net/conv/kernel"]!.data;
  assert.deepEqual(kernelOf(3), kernelOf(3));
  assert.notDeepEqual(kernelOf(3), kernelOf(4));
});

const good = initialiseWeights(network, createRng(1));
const kernel = good["net/conv/kernel"]!;
const bias = good["net/conv/bias"]!;
const bad: readonly [string, Parameters<typeof validateWeights>[1], RegExp][] = [
  [
    "a missing weight",
    { "net/conv/kernel": kernel },
    /"net\/conv\/bias" is missing; the network has it with shape \[24\]/,
  ],
  ["a stranger", { ...good, other: bias }, /"other" is not part of the network/],
  [
    "another shape",
    { ...good, "net/conv/kernel": { shape: [4, 4, 24, 8], data: kernel.data } },
    /shape \[4, 4, 24, 8\] where the network has \[4, 4, 8, 24\]/,
  ],
  [
    "too few numbers",
    { ...good, "net/conv/bias": { shape: [24], data: new Float32Array(23) } },
    /has 23 numbers where its shape \[24\] needs 24/,
  ],
  [
    "a weight that is not a number",
    { ...good, "net/conv/bias": { shape: [24], data: bias.data.with(3, NaN) } },
    /"net\/conv\/bias" has NaN at position 3/,
  ],
];
for (const [name, weights, message] of bad) {
  test(`validateWeights refuses ${name}`, () => {
    assert.throws(() => validateWeights(network, weights), message);
  });
}

test("validateWeights takes what initialiseWeights makes", () => {
  assert.doesNotThrow(() => validateWeights(network, good));
});
