import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import type { NamedWeights, NetworkDescription } from "@worldmodels/networks";
import { createRng } from "@worldmodels/rng";
import { createAdamParameters } from "./adam-parameters.js";
import { selectBackend } from "./select-backend.js";
import type { BackendPreference, TrainingBackend } from "./select-backend.js";

const network: NetworkDescription = {
  inputs: { x: [3] },
  chains: [
    { name: "net", from: "x", layers: [{ type: "dense", name: "dense", units: 2, activation: "linear" }] },
  ],
};
const initial: NamedWeights = {
  "net/dense/kernel": { shape: [3, 2], data: Float32Array.of(0.5, -0.25, 1, 2, -1, 0.125) },
  "net/dense/bias": { shape: [2], data: Float32Array.of(0, 0.5) },
};
const gradientsAt = (step: number) =>
  createRng(step)
    .fillStandardNormal(new Float32Array(6))
    .map((value) => value * 3);

/** Adam as its paper's section 2 ends: the efficient form, with epsilon beside the uncorrected root. */
function plainAdam(start: Float32Array, steps: number, learningRate: number, clip: number): Float64Array {
  const [w, m, v] = [
    Float64Array.from(start),
    new Float64Array(start.length),
    new Float64Array(start.length),
  ];
  for (let t = 1; t <= steps; t++) {
    const rate = (learningRate * Math.sqrt(1 - 0.999 ** t)) / (1 - 0.9 ** t);
    gradientsAt(t).forEach((raw, i) => {
      const g = Math.min(Math.max(raw, -clip), clip);
      m[i] = 0.9 * m[i]! + 0.1 * g;
      v[i] = 0.999 * v[i]! + 0.001 * g * g;
      w[i]! -= (rate * m[i]) / (Math.sqrt(v[i]) + 1e-8);
    });
  }
  return w;
}

for (const preference of ["auto", "wasm"] satisfies BackendPreference[]) {
  describe(`Adam on the ${preference} backend`, () => {
    let backend: TrainingBackend;
    before(async () => {
      backend = await selectBackend(preference);
    });

    for (const [name, clipValue] of [
      ["without clipping", undefined],
      ["with gradients clipped to ±1", 1],
    ] as const) {
      test(`${name}, twenty steps go where a plain Adam goes`, () => {
        const options = { learningRate: 0.01, ...(clipValue !== undefined && { clipValue }) };
        const parameters = createAdamParameters(network, initial, options, backend.ops);
        for (let step = 1; step <= 20; step++) {
          tf.tidy(() => {
            parameters.descend({
              "net/dense/kernel": tf.tensor2d(gradientsAt(step), [3, 2]),
              "net/dense/bias": tf.zeros([2]),
            });
          });
        }
        const { "net/dense/kernel": kernel, "net/dense/bias": bias } = parameters.exportWeights();
        parameters.dispose();
        const expected = plainAdam(initial["net/dense/kernel"]!.data, 20, 0.01, clipValue ?? Infinity);
        // Twenty float32 updates of up to 0.01.
        kernel!.data.forEach((value, i) =>
          assert.ok(Math.abs(value - expected[i]!) < 2e-6, `${value}, ${expected[i]}`),
        );
        assert.deepEqual(bias, initial["net/dense/bias"]);
      });
    }

    test("the caller's weights stay as they are, and what was read keeps its values", () => {
      const parameters = createAdamParameters(network, initial, { learningRate: 0.1 }, backend.ops);
      const read = parameters.read();
      const gradients = { "net/dense/kernel": tf.ones([3, 2]), "net/dense/bias": tf.ones([2]) };
      parameters.descend(gradients);
      assert.deepEqual([...read["net/dense/bias"]!.dataSync()], [0, 0.5]);
      assert.deepEqual([...initial["net/dense/bias"]!.data], [0, 0.5]);
      assert.notDeepEqual([...parameters.exportWeights()["net/dense/bias"]!.data], [0, 0.5]);
      tf.dispose([read, gradients]);
      parameters.dispose();
    });
  });
}

test("a state of another network is refused", async () => {
  const { ops } = await selectBackend();
  const other = { step: 3, tensors: { "net/dense/kernel": initial["net/dense/kernel"]! } };
  assert.throws(
    () => createAdamParameters(network, other, { learningRate: 1 }, ops),
    /"net\/dense\/bias" is missing/,
  );
  assert.throws(
    () => createAdamParameters(network, { step: 1, tensors: initial }, { learningRate: 1 }, ops),
    /"net\/dense\/kernel" is missing/,
  );
  assert.throws(
    () => createAdamParameters(network, { step: -1, tensors: initial }, { learningRate: 1 }, ops),
    /says -1 steps/,
  );
});
