import assert from "node:assert/strict";
import { test } from "node:test";
import { formatScore } from "./score-text.js";

// What Python's format(score, "04.0f") gives.
const TEXTS: readonly (readonly [number, string])[] = [
  [0, "0000"],
  [-0.1, "-000"],
  [0.5, "0000"],
  [1.5, "0002"],
  [2.5, "0002"],
  [23.313, "0023"],
  [-7.5, "-008"],
  [-123.4, "-123"],
  [999.6, "1000"],
];

for (const [score, text] of TEXTS) {
  test(`the score ${score} is shown as ${text}`, () => {
    assert.equal(formatScore(score), text);
  });
}
