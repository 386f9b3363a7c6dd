import { seedSequence } from "@worldmodels/rng";
import assert from "node:assert/strict";
import { test } from "node:test";
import { createFrameOrder } from "./frame-order.js";

const layout = { lengths: Uint32Array.of(7, 9, 4), chunkSteps: 4 };
const order = () => createFrameOrder(layout, seedSequence(3));

test("every epoch has every frame once, in an order of its own", () => {
  const epoch = (number: number) =>
    Array.from({ length: 4 }, (_, i) => [...order().batch(4 * number + i, 5)]).flat();
  const all = Array.from({ length: 20 }, (_, frame) => frame);
  assert.deepEqual(
    [...epoch(0)].sort((a, b) => a - b),
    all,
  );
  assert.deepEqual(
    [...epoch(1)].sort((a, b) => a - b),
    all,
  );
  assert.notDeepEqual(epoch(0), epoch(1));
});

test("a step's frames follow from its number alone, across the end of an epoch too", () => {
  const walked = order();
  const steps = Array.from({ length: 10 }, (_, step) => walked.batch(step, 6));
  assert.deepEqual(order().batch(3, 6), steps[3]);
  assert.deepEqual(order().batch(8, 6), steps[8]);
});
