import assert from "node:assert/strict";
import { test } from "node:test";
import { isDomainError } from "@worldmodels/errors";
import type { Layer, NetworkDescription } from "./description.js";
import { outputShapes, planNetwork } from "./layer-plans.js";
import { countParameters, parameterShapes } from "./parameters.js";

const convolution = (type: "conv2d" | "conv2d-transpose", kernel: number): Layer => ({
  type,
  name: "layer",
  filters: 5,
  kernel,
  stride: 2,
  activation: "relu",
});
const dense: Layer = { type: "dense", name: "layer", units: 4, activation: "linear" };
const lstm: Layer = { type: "lstm", name: "layer", units: 6, forgetBias: 1 };

const chainOf = (shape: readonly number[], ...layers: Layer[]): NetworkDescription => ({
  inputs: { x: shape },
  chains: [{ name: "out", from: "x", layers }],
});

const single: readonly [string, NetworkDescription, readonly number[], readonly number[], number][] = [
  ["conv2d", chainOf([9, 7, 2], convolution("conv2d", 4)), [3, 2, 5], [4, 4, 2, 5], 165],
  ["conv2d-transpose", chainOf([3, 2, 2], convolution("conv2d-transpose", 4)), [8, 6, 5], [4, 4, 5, 2], 165],
  ["dense", chainOf([3], dense), [4], [3, 4], 16],
  ["lstm", chainOf([3], lstm), [6], [9, 24], 240],
];
for (const [name, network, output, kernel, count] of single) {
  test(`a ${name} layer has the output and kernel shapes that its description promises`, () => {
    assert.deepEqual(outputShapes(network), { out: output });
    assert.deepEqual(parameterShapes(network)["out/layer/kernel"], kernel);
    assert.equal(countParameters(network), count);
  });
}

test("a chain from several sources reads them one after another along the last axis", () => {
  const network: NetworkDescription = {
    inputs: { a: [3], b: [2] },
    chains: [
      { name: "first", from: "a", layers: [dense] },
      { name: "second", from: ["first", "b", "a"], layers: [dense] },
    ],
  };
  assert.deepEqual(planNetwork(network)[1]?.inputShape, [9]);
  assert.deepEqual(Object.keys(parameterShapes(network)), [
    "first/layer/kernel",
    "first/layer/bias",
    "second/layer/kernel",
    "second/layer/bias",
  ]);
});

const misfits: readonly [string, NetworkDescription, RegExp][] = [
  ["a dense layer on a picture", chainOf([2, 2, 3], dense), /flat input and gets \[2, 2, 3\]; put a reshape/],
  [
    "a convolution on a vector",
    chainOf([12], convolution("conv2d", 2)),
    /height, width, channels and gets \[12\]/,
  ],
  [
    "a kernel larger than its input",
    chainOf([3, 9, 1], convolution("conv2d", 4)),
    /kernel of 4, larger than/,
  ],
  [
    "a reshape to another size",
    chainOf([12], { type: "reshape", shape: [5] }),
    /\[12\] into \[5\]: sizes differ/,
  ],
  ["two layers of one name", chainOf([3], dense, dense), /own the weight "out\/layer\/kernel"/],
  [
    "an unknown source",
    { inputs: { x: [3] }, chains: [{ name: "out", from: "y", layers: [] }] },
    /starts from "y", which is neither .* \(there are: x\)/,
  ],
  [
    "a chain named like an input",
    { inputs: { x: [3] }, chains: [{ name: "x", from: "x", layers: [] }] },
    /chain "x" has the name of an input/,
  ],
  [
    "sources that do not line up",
    { inputs: { x: [3, 2], y: [4, 2] }, chains: [{ name: "out", from: ["x", "y"], layers: [] }] },
    /cannot concatenate x \[3, 2\], y \[4, 2\]/,
  ],
];
for (const [name, network, message] of misfits) {
  test(`planNetwork refuses ${name}`, () => {
    assert.throws(
      () => planNetwork(network),
      (error) => isDomainError(error, "invalid-argument") && message.test(error.message),
    );
  });
}
