import assert from "node:assert/strict";
import { test } from "node:test";
import { isDomainError } from "@worldmodels/errors";
import { controllerShape, packController, unpackController } from "./controller-shape.js";
import type { ControllerOptions } from "./controller-shape.js";

const car = { latentDim: 32, hiddenDim: 256, actionSize: 3 };
const counts: readonly (readonly [name: string, options: ControllerOptions, count: number])[] = [
  ["CarRacing, z", { ...car, features: "z" }, 99],
  ["CarRacing, z with 40 hidden units", { ...car, features: "z", hidden: 40 }, 1443],
  ["CarRacing, z and h", { ...car, features: "zh" }, 867],
  [
    "Doom, z, c and h without bias",
    { features: "zch", latentDim: 64, hiddenDim: 512, actionSize: 1, bias: false },
    1088,
  ],
];

for (const [name, options, count] of counts) {
  test(`the paper's controller for ${name} has ${count} parameters`, () => {
    assert.equal(controllerShape(options).parameterCount, count);
  });
}

test("parameters lie one after another without gaps", () => {
  for (const [, options] of counts) {
    let end = 0;
    for (const { shape, offset } of controllerShape(options).parameters) {
      assert.equal(offset, end);
      end += shape.reduce((size, axis) => size * axis, 1);
    }
    assert.equal(end, controllerShape(options).parameterCount);
  }
});

test("a controller unpacks to named weights and packs back to the same numbers", () => {
  const shape = controllerShape({ features: "z", latentDim: 2, hidden: 3, actionSize: 1 });
  const flat = Float32Array.from({ length: shape.parameterCount }, (_, i) => i);
  const weights = unpackController(shape, flat);
  assert.deepEqual(Object.keys(weights), ["hidden/kernel", "hidden/bias", "output/kernel", "output/bias"]);
  assert.deepEqual(weights["hidden/kernel"], { shape: [2, 3], data: Float32Array.of(0, 1, 2, 3, 4, 5) });
  assert.deepEqual(weights["output/bias"], { shape: [1], data: Float32Array.of(12) });
  assert.deepEqual(packController(shape, weights), flat);
});

test("a vector of another length is refused with both lengths", () => {
  const shape = controllerShape({ ...car, features: "zh" });
  assert.throws(
    () => unpackController(shape, new Float32Array(99)),
    (error) => isDomainError(error, "invalid-argument") && /99 .*867/.test(error.message),
  );
});

test("a controller that reads h needs to know its size", () => {
  assert.throws(
    () => controllerShape({ features: "zh", latentDim: 32, actionSize: 3 }),
    (error) => isDomainError(error, "invalid-argument") && /hiddenDim is 0/.test(error.message),
  );
});
