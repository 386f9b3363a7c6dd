import assert from "node:assert/strict";
import { test } from "node:test";
import { createRng } from "@worldmodels/rng";
import { shuffleSteps } from "./shuffle-steps.js";

const LAYOUT = { lengths: Uint32Array.of(5, 1, 4, 13, 8), chunkSteps: 4 };

for (const groupChunks of [1, 3, 100]) {
  test(`with groups of ${groupChunks} chunks every step comes once`, () => {
    const order = shuffleSteps(LAYOUT, groupChunks, createRng(7n));
    assert.deepEqual(
      order.toSorted(),
      Uint32Array.from({ length: 31 }, (_, step) => step),
    );
  });
}

test("the same seed gives the same order, another seed another", () => {
  const order = shuffleSteps(LAYOUT, 3, createRng(7n));
  assert.deepEqual(shuffleSteps(LAYOUT, 3, createRng(7n)), order);
  assert.notDeepEqual(shuffleSteps(LAYOUT, 3, createRng(8n)), order);
});

test("steps that are near in the order come from few chunks", () => {
  const layout = { lengths: new Uint32Array(50).fill(40), chunkSteps: 4 };
  const order = shuffleSteps(layout, 5, createRng(1n));
  for (let group = 0; group < 100; group++) {
    const chunks = new Set(
      [...order.subarray(group * 20, (group + 1) * 20)].map((step) => Math.floor(step / 4)),
    );
    assert.equal(chunks.size, 5);
  }
});
