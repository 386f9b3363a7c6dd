import assert from "node:assert/strict";
import { test } from "node:test";
import type { Layer, NamedWeights, NetworkDescription } from "./description.js";
import { parameterShapes } from "./parameters.js";
import { referenceForward } from "./reference-forward.js";

const networkOf = (shape: readonly number[], layer: Layer): NetworkDescription => ({
  inputs: { x: shape },
  chains: [{ name: "out", from: "x", layers: [layer] }],
});
const weightsOf = (
  kernelShape: readonly number[],
  kernel: readonly number[],
  bias: readonly number[],
): NamedWeights => ({
  "out/layer/kernel": { shape: kernelShape, data: Float32Array.from(kernel) },
  "out/layer/bias": { shape: [bias.length], data: Float32Array.from(bias) },
});

test("a dense layer is a matrix product, row by row", () => {
  const network = networkOf([2], { type: "dense", name: "layer", units: 3, activation: "linear" });
  const weights = weightsOf([2, 3], [1, 2, 3, 4, 5, 6], [10, 20, 30]);
  assert.deepEqual([...referenceForward(network, "out", weights, [1, 2, -1, 0])], [19, 32, 45, 9, 18, 27]);
});

test("a dense layer without a bias is the matrix product alone, and has no weight for one", () => {
  const layer: Layer = { type: "dense", name: "layer", units: 2, activation: "linear", bias: false };
  const network = networkOf([2], layer);
  const weights = { "out/layer/kernel": { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) } };
  assert.deepEqual(Object.keys(parameterShapes(network)), Object.keys(weights));
  assert.deepEqual([...referenceForward(network, "out", weights, [1, 10])], [31, 42]);
});

test("a convolution slides its kernel and relu cuts at zero", () => {
  const network = networkOf([3, 3, 1], {
    type: "conv2d",
    name: "layer",
    filters: 1,
    kernel: 2,
    stride: 1,
    activation: "relu",
  });
  const weights = weightsOf([2, 2, 1, 1], [1, 0, 0, -1], [0.5]);
  // x[r, c] - x[r + 1, c + 1] + 0.5
  assert.deepEqual(
    [...referenceForward(network, "out", weights, [1, 2, 3, 4, 5, 6, 7, 1, 3])],
    [0, 0, 3.5, 2.5],
  );
});

test("a transposed convolution stamps its kernel once per input pixel and adds overlaps", () => {
  const network = networkOf([1, 2, 1], {
    type: "conv2d-transpose",
    name: "layer",
    filters: 1,
    kernel: 3,
    stride: 2,
    activation: "linear",
  });
  const weights = weightsOf([3, 3, 1, 1], [1, 2, 3, 4, 5, 6, 7, 8, 9], [0]);
  assert.deepEqual(
    [...referenceForward(network, "out", weights, [1, 10])],
    [1, 2, 13, 20, 30, 4, 5, 46, 50, 60, 7, 8, 79, 80, 90],
  );
});
