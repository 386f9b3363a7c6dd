import assert from "node:assert/strict";
import { test } from "node:test";
import { extent, linearScale, logScale, tickStep } from "./scale.js";

const pixels = { from: 0, to: 100 };

const steps: readonly (readonly [number, number, number, number])[] = [
  [0, 10, 5, 2],
  [0, 1, 5, 0.2],
  [-100, 900, 5, 200],
  [0, 7e6, 6, 2e6],
  [0.03, 0.031, 5, 0.0002],
];
for (const [low, high, count, step] of steps) {
  test(`${low} to ${high} in about ${count} parts has the step ${step}`, () => {
    assert.ok(Math.abs(tickStep(low, high, count) / step - 1) < 1e-12);
  });
}

test("ticks are round numbers within the range, without rounding dirt", () => {
  assert.deepEqual(linearScale({ low: -0.05, high: 0.63 }, pixels).ticks, [0, 0.2, 0.4, 0.6]);
  assert.deepEqual(linearScale({ low: 3, high: 17 }, pixels).ticks, [5, 10, 15]);
});

test("a rounded scale begins and ends at ticks", () => {
  const scale = linearScale({ low: -37, high: 931 }, pixels, { round: true });
  assert.deepEqual([scale.low, scale.high, scale.ticks.length], [-200, 1000, 7]);
});

test("values map linearly, upside down where asked", () => {
  const scale = linearScale({ low: 10, high: 30 }, { from: 200, to: 0 });
  assert.deepEqual([10, 20, 30].map(scale.toPixel), [200, 100, 0]);
});

test("a single value sits in the middle", () => {
  assert.equal(linearScale({ low: 5, high: 5 }, pixels).toPixel(5), 50);
  assert.ok(Math.abs(logScale({ low: 5, high: 5 }, pixels).toPixel(5) - 50) < 1e-12);
});

test("a logarithmic scale gives equal ratios equal lengths and ticks at 1, 2 and 5", () => {
  const scale = logScale({ low: 1, high: 100 }, pixels);
  assert.deepEqual(scale.ticks, [1, 2, 5, 10, 20, 50, 100]);
  assert.ok(Math.abs(scale.toPixel(10) - 50) < 1e-12);
  assert.deepEqual(logScale({ low: 0.5, high: 5e4 }, pixels).ticks, [1, 10, 100, 1000, 10000]);
});

test("the extent passes over what is not finite", () => {
  assert.deepEqual(extent([3, NaN, -1, Infinity]), { low: -1, high: 3 });
  assert.equal(extent([NaN]), undefined);
});
