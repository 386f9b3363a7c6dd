import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { initialiseWeights, outputShapes, referenceForward } from "@worldmodels/networks";
import type { Layer, NamedWeights, NetworkDescription } from "@worldmodels/networks";
import { createRng } from "@worldmodels/rng";
import { compareGradients } from "./gradient-check.js";
import { takeTensors } from "./named-tensors.js";
import { createChain } from "./network-chain.js";
import { selectBackend } from "./select-backend.js";
import type { BackendPreference, TrainingBackend } from "./select-backend.js";

const convolution = (
  type: "conv2d" | "conv2d-transpose",
  filters: number,
  kernel: number,
  stride: number,
  activation: "relu" | "sigmoid" | "tanh" = "tanh",
): Layer => ({ type, name: "layer", filters, kernel, stride, activation });

const cases: readonly [string, readonly number[], Layer][] = [
  ["a dense layer", [7], { type: "dense", name: "layer", units: 5, activation: "tanh" }],
  ["a linear dense layer", [7], { type: "dense", name: "layer", units: 5, activation: "linear" }],
  ["a convolution of stride 2 that leaves a rim", [9, 8, 3], convolution("conv2d", 4, 4, 2)],
  ["a convolution of stride 1 with relu", [5, 6, 2], convolution("conv2d", 3, 3, 1, "relu")],
  ["a transposed convolution", [3, 4, 5], convolution("conv2d-transpose", 12, 5, 2)],
  [
    "a transposed convolution with few filters",
    [3, 4, 5],
    convolution("conv2d-transpose", 3, 6, 2, "sigmoid"),
  ],
  ["a transposed convolution of one pixel", [1, 1, 9], convolution("conv2d-transpose", 4, 5, 2, "relu")],
];

for (const preference of ["auto", "wasm"] satisfies BackendPreference[]) {
  describe(`chains on the ${preference} backend`, () => {
    let backend: TrainingBackend;
    before(async () => {
      backend = await selectBackend(preference);
    });

    for (const [name, inputShape, layer] of cases) {
      const network: NetworkDescription = {
        inputs: { x: inputShape },
        chains: [{ name: "chain", from: "x", layers: [layer] }],
      };
      const rows = 2;
      const rng = createRng(17);
      const weights = withRandomBiases(initialiseWeights(network, rng));
      const xSize = rows * inputShape.reduce((product, size) => product * size, 1);
      const x = rng.fillStandardNormal(new Float32Array(xSize));
      // The loss is a random mixture of the outputs, so that its gradient with respect to them is that mixture.
      const outputShape = outputShapes(network)["chain"]!;
      const mixture = rng.fillStandardNormal(
        new Float32Array(rows * outputShape.reduce((product, size) => product * size, 1)),
      );
      const lossOf = (given: NamedWeights) =>
        referenceForward(network, "chain", given, given["x"]!.data).reduce(
          (sum, y, i) => sum + y * mixture[i]!,
          0,
        );

      test(`${name} gives what the plain reference gives`, () => {
        const chain = createChain(network, "chain", backend.ops);
        const output = tf.tidy(() =>
          chain.forward(tf.tensor(x, [rows, ...inputShape]), tensorsOf(weights)).output.dataSync(),
        );
        const expected = referenceForward(network, "chain", weights, x);
        // Float32 sums of up to 100 products of order 1.
        output.forEach((value, i) =>
          assert.ok(Math.abs(value - expected[i]!) < 1e-5, `output ${i}: ${value}, ${expected[i]}`),
        );
      });

      test(`${name} has the gradients that differences of the reference show`, () => {
        const chain = createChain(network, "chain", backend.ops);
        const gradients = takeTensors(
          tf.tidy(() => {
            const tensors = tensorsOf(weights);
            const run = chain.forward(tf.tensor(x, [rows, ...inputShape]), tensors);
            const gathered: Record<string, tf.Tensor> = {};
            const dX = chain.backward(run, tf.tensor(mixture, [rows, ...outputShape]), tensors, gathered);
            return { ...gathered, x: dX! };
          }),
        );
        const inputs = { ...weights, x: { shape: [rows, ...inputShape], data: x } };
        // Central differences in float64 at 1e-4: what is left is float32 in the gradients, and the odd kink of a relu.
        for (const { name: weight, analytic, numeric } of compareGradients(inputs, gradients, lossOf, {
          rng: createRng(18),
          epsilon: 1e-4,
        })) {
          assert.ok(
            Math.abs(analytic - numeric) < 1e-6 + 2e-4 * Math.abs(numeric),
            `${weight}: ${analytic} and ${numeric}`,
          );
        }
      });
    }
  });
}

function withRandomBiases(weights: NamedWeights): NamedWeights {
  const rng = createRng(3);
  return Object.fromEntries(
    Object.entries(weights).map(([name, { shape, data }]) => [
      name,
      { shape, data: name.endsWith("bias") ? data.map(() => rng.uniform(-0.3, 0.3)) : data },
    ]),
  );
}

function tensorsOf(weights: NamedWeights): Record<string, tf.Tensor> {
  return Object.fromEntries(
    Object.entries(weights).map(([name, { shape, data }]) => [name, tf.tensor(data, [...shape])]),
  );
}
