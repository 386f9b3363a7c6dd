import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeTrainerCheckpoint, encodeTrainerCheckpoint } from "./trainer-checkpoint.js";

const state = { step: 7, tensors: { "a/kernel": { shape: [2, 1], data: Float32Array.of(1, 2) } } };
const history = [{ step: 3, loss: 0.5 }];

test("a checkpoint comes back as it was", () => {
  const decoded = decodeTrainerCheckpoint(encodeTrainerCheckpoint({ state, history }));
  assert.deepEqual(decoded, { state, history, carried: undefined });
});

test("M's carried state comes back beside the weights, and is none of them", () => {
  const carried = { hidden: Float32Array.of(0.5, -1), cell: Float32Array.of(2, 3) };
  const decoded = decodeTrainerCheckpoint(encodeTrainerCheckpoint({ state, history, carried }));
  assert.deepEqual(decoded, { state, history, carried });
});
