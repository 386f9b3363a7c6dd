import assert from "node:assert/strict";
import { test } from "node:test";
import { summariseScores } from "./scores.js";

test("scores are summarised with the sample standard deviation", () => {
  const scores = summariseScores([
    { return: 1, length: 10 },
    { return: 3, length: 20 },
    { return: 8, length: 30 },
  ]);
  assert.equal(scores.mean, 4);
  assert.equal(scores.sd, Math.sqrt(13));
  assert.deepEqual([scores.best, scores.worst], [8, 1]);
  assert.deepEqual(scores.lengths, [10, 20, 30]);
});

test("one episode has no spread", () => {
  assert.equal(summariseScores([{ return: 5, length: 1 }]).sd, 0);
});
