import assert from "node:assert/strict";
import { test } from "node:test";
import type { PartingData } from "../report-data.js";
import { describeParting } from "./parting-section.js";

const around = (median: number) => ({ lower: median / 2, median, upper: 2 * median });

function parting(dreamed: readonly number[], still: readonly number[]): PartingData {
  return {
    moments: 3,
    episodes: 2,
    temperature: 1,
    activeDims: 4,
    latentDim: 8,
    dreamed: dreamed.map(around),
    still: still.map(around),
    unrelated: around(1),
  };
}

for (const [dreamed, still, says] of [
  [
    [0.1, 0.2, 0.3],
    [0.2, 0.4, 0.6],
    /^The dream is nearer to the game than the last frame seen, at every step\. After 3 steps it still knows more/,
  ],
  [[0.3, 0.35, 0.7], [0.2, 0.4, 0.6], /at 1 of 3 steps, first after 2\./],
  [
    [0.9, 1, 1.2],
    [0.2, 0.4, 0.6],
    /^At no step .* After 2 steps it is as far from the game as a frame drawn at random\.$/,
  ],
  [[1.5, 1.5, 1.5], [0.2, 0.4, 0.6], /After 1 step it is as far/],
] as const) {
  test(`dreamed distances of ${dreamed.join(", ")} against ${still.join(", ")} are said as they are`, () => {
    assert.match(describeParting(parting(dreamed, still)), says);
  });
}
