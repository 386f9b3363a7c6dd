import assert from "node:assert/strict";
import { test } from "node:test";
import { estimate, studentQuantile } from "./estimate.js";

// Tables of Student's t, two-sided 95 %.
const quantiles: readonly (readonly [degrees: number, quantile: number])[] = [
  [1, 12.706],
  [2, 4.303],
  [9, 2.262],
  [10, 2.228],
  [11, 2.201],
  [20, 2.086],
  [49, 2.01],
  [99, 1.984],
  [1_000_000, 1.96],
];
for (const [degrees, quantile] of quantiles) {
  test(`Student's t of ${degrees} degrees of freedom has its 97.5 % point at ${quantile}`, () => {
    assert.ok(Math.abs(studentQuantile(degrees) - quantile) < 6e-4);
  });
}

test("several runs are judged over their means, whatever their episodes say", () => {
  const runs = [1, 2, 3].map((mean) => ({ mean, sd: 1000, episodes: 50 }));
  const { mean, half, over, count } = estimate(runs)!;
  assert.deepEqual({ mean, over, count }, { mean: 2, over: "seeds", count: 3 });
  assert.ok(Math.abs(half! - 4.3027 / Math.sqrt(3)) < 1e-9);
});

test("one run is judged over its episodes, and one episode not at all", () => {
  const { half, over, count } = estimate([{ mean: 10, sd: 6, episodes: 9 }])!;
  assert.deepEqual({ over, count }, { over: "episodes", count: 9 });
  assert.ok(Math.abs(half! - (2.306 * 6) / 3) < 1e-9);
  assert.equal(estimate([{ mean: 10, sd: 0, episodes: 1 }])!.half, undefined);
  assert.equal(estimate([]), undefined);
});
