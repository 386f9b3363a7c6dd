import assert from "node:assert/strict";
import { test } from "node:test";
import { isDomainError } from "@worldmodels/errors";
import {
  actionSizeOf,
  carRacingMapping,
  defaultActionMapping,
  mapActions,
  outputSizeOf,
  thirdsMapping,
} from "./action-mapping.js";
import type { ActionMapping } from "./action-mapping.js";

const box = (low: readonly number[], high: readonly number[], names = low.map((_, i) => `a${i}`)) =>
  ({ type: "BOX", size: low.length, low, high, names }) as const;

const cases: readonly {
  readonly name: string;
  readonly mapping: ActionMapping;
  readonly u: number[];
  readonly actions: number[];
}[] = [
  {
    name: "CarRacing steers by u0, opens the gas by (u1 + 1) / 2 and brakes by clip(u2, 0, 1)",
    mapping: carRacingMapping,
    u: [0, 0, 0, 0.5, -1, -0.5, -1, 1, 0.75],
    actions: [0, 0.5, 0, 0.5, 0, 0, -1, 1, 0.75],
  },
  {
    name: "a BOX is filled from bound to bound",
    mapping: defaultActionMapping(box([-2, 0], [2, 10])),
    u: [-1, -1, 0, 0, 1, 0.5],
    actions: [-2, 0, 0, 5, 2, 7.5],
  },
  {
    name: "Doom's scalar is u itself",
    mapping: defaultActionMapping(box([-1], [1], ["strafe"])),
    u: [-0.25, 0.5, 1],
    actions: [-0.25, 0.5, 1],
  },
  {
    name: "a discrete action is the place of the greatest number, the first of equals",
    mapping: defaultActionMapping({ type: "DISCRETE", count: 3, names: ["a", "b", "c"] }),
    u: [0.1, 0.5, -0.2, 0.25, 0.25, 0, -1, -0.5, -0.25],
    actions: [1, 0, 2],
  },
  {
    name: "thirds of one number choose left, middle or right",
    mapping: thirdsMapping([4, 0, 6]),
    u: [-1, -0.5, -0.25, 0, 0.25, 0.5],
    actions: [4, 4, 0, 0, 0, 6],
  },
];

for (const { name, mapping, u, actions } of cases) {
  test(name, () => {
    assert.equal(u.length / outputSizeOf(mapping), actions.length / actionSizeOf(mapping));
    const out = new Float32Array(actions.length);
    mapActions(mapping, Float32Array.from(u), out);
    assert.deepEqual([...out], actions);
  });
}

test("steer, gas and brake are driven as in the paper unless told otherwise", () => {
  const spec = box([-1, 0, 0], [1, 1, 1], ["steer", "gas", "brake"]);
  assert.equal(defaultActionMapping(spec), carRacingMapping);
});

test("a BOX without finite bounds needs a mapping of its own", () => {
  assert.throws(
    () => defaultActionMapping(box([-Infinity], [1])),
    (error) =>
      isDomainError(error, "invalid-argument") &&
      error.message.includes("action[0] has bounds [-Infinity, 1]"),
  );
});
