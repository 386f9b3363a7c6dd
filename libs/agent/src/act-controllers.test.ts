import assert from "node:assert/strict";
import { test } from "node:test";
import { createRng } from "@worldmodels/rng";
import { actControllers } from "./act-controllers.js";
import { controllerShape } from "./controller-shape.js";
import type { ControllerOptions } from "./controller-shape.js";

const rng = createRng(7);
const normals = (length: number) => rng.fillStandardNormal(new Float32Array(length));
const [latentDim, hiddenDim, slots] = [4, 3, 5];
const features = {
  latentDim,
  hiddenDim,
  latent: normals(slots * latentDim),
  hidden: normals(slots * hiddenDim),
  cell: normals(slots * hiddenDim),
};
const rowOf = (rows: Float32Array, width: number, slot: number) => [
  ...rows.subarray(slot * width, (slot + 1) * width),
];

/** y = tanh(x · kernel + bias), spelled out. */
function layer(x: readonly number[], kernel: readonly number[], bias: readonly number[]): number[] {
  return bias.map((b, o) => Math.tanh(x.reduce((sum, xi, i) => sum + xi * kernel[i * bias.length + o]!, b)));
}

test("a linear controller is tanh(W [z, h] + b), each slot with its own W", () => {
  const shape = controllerShape({ features: "zh", latentDim, hiddenDim, actionSize: 2 });
  const candidates = Array.from({ length: slots }, () => normals(shape.parameterCount));
  const out = new Float32Array(slots * 2);
  actControllers(shape, candidates, features, out);
  candidates.forEach((flat, slot) => {
    const x = [...rowOf(features.latent, latentDim, slot), ...rowOf(features.hidden, hiddenDim, slot)];
    const expected = layer(x, [...flat.subarray(0, 14)], [...flat.subarray(14)]);
    assert.deepEqual(rowOf(out, 2, slot), [...Float32Array.from(expected)]);
  });
});

test("hidden units come between, and Doom's order is z, c, h without bias", () => {
  const shape = controllerShape({
    features: "zch",
    latentDim,
    hiddenDim,
    hidden: 2,
    actionSize: 1,
    bias: false,
  });
  const flat = normals(shape.parameterCount);
  const out = new Float32Array(slots);
  actControllers(shape, new Array(slots).fill(flat), features, out);
  for (let slot = 0; slot < slots; slot++) {
    const x = [
      ...rowOf(features.latent, latentDim, slot),
      ...rowOf(features.cell, hiddenDim, slot),
      ...rowOf(features.hidden, hiddenDim, slot),
    ];
    const hidden = layer(x, [...flat.subarray(0, 20)], [0, 0]);
    const [expected] = layer(hidden, [...flat.subarray(20)], [0]);
    assert.ok(Math.abs(out[slot]! - expected!) < 1e-6);
  }
});

const options: readonly ControllerOptions[] = [
  { features: "z", latentDim, actionSize: 3, hidden: 5 },
  { features: "zh", latentDim, hiddenDim, actionSize: 3 },
];
for (const each of options) {
  test(`a slot's numbers do not depend on the others (${each.features}, ${each.hidden ?? 0} hidden units)`, () => {
    const shape = controllerShape(each);
    const flat = normals(shape.parameterCount);
    const together = new Float32Array(slots * 3);
    actControllers(shape, new Array(slots).fill(flat), features, together);
    for (let slot = 0; slot < slots; slot++) {
      const alone = new Float32Array(slots * 3).fill(9);
      const parameters = new Array<Float32Array | undefined>(slots).fill(undefined);
      parameters[slot] = flat;
      actControllers(shape, parameters, features, alone);
      assert.deepEqual(rowOf(alone, 3, slot), rowOf(together, 3, slot));
      assert.equal(alone.filter((value) => value === 9).length, (slots - 1) * 3);
    }
  });
}
