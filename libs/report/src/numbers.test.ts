import assert from "node:assert/strict";
import { test } from "node:test";
import {
  formatCompact,
  formatDuration,
  formatFixed,
  formatNumber,
  formatTick,
  quartilesOf,
  summarise,
} from "./numbers.js";

test("a summary has mean, sample deviation, standard error, extremes and median", () => {
  const summary = summarise([4, 1, 3, 2])!;
  assert.deepEqual(
    [summary.count, summary.mean, summary.lowest, summary.median, summary.highest],
    [4, 2.5, 1, 2.5, 4],
  );
  assert.ok(Math.abs(summary.sd - Math.sqrt(5 / 3)) < 1e-15);
  assert.ok(Math.abs(summary.standardError - Math.sqrt(5 / 12)) < 1e-15);
  assert.equal(summarise([5, 9, 1])!.median, 5);
});

test("one number has no deviation, and no numbers have no summary", () => {
  assert.equal(summarise([7])!.sd, 0);
  assert.equal(summarise([]), undefined);
});

const formats: readonly (readonly [string, (value: number) => string, number, string])[] = [
  ["formatNumber", formatNumber, 906.4, "906"],
  ["formatNumber", formatNumber, -32.34, "\u221232.3"],
  ["formatNumber", formatNumber, 5.789, "5.79"],
  ["formatNumber", formatNumber, 0.04412, "0.0441"],
  ["formatNumber", formatNumber, 0, "0"],
  ["formatNumber", formatNumber, 16, "16"],
  ["formatNumber", formatNumber, 1234567, "1\u202f234\u202f567"],
  ["formatNumber", formatNumber, 0.0000312, "3.1e\u22125".replace("\u2212", "-")],
  ["formatNumber", formatNumber, 2.5e12, "2.5e12"],
  ["formatNumber", formatNumber, NaN, "NaN"],
  ["formatFixed", (value) => formatFixed(value, 1), -0.25, "\u22120.3"],
  ["formatCompact", formatCompact, 2_500_000, "2.5 M"],
  ["formatCompact", formatCompact, 950, "950"],
  ["formatCompact", formatCompact, -20_000, "\u221220 k"],
  ["formatCompact", formatCompact, 1.75e9, "1.75 G"],
  ["formatTick", formatTick, 0.30000000000000004, "0.3"],
  ["formatTick", formatTick, -200, "\u2212200"],
  ["formatDuration", formatDuration, 3.04, "3.0 s"],
  ["formatDuration", formatDuration, 59.6, "1 min 0 s"],
  ["formatDuration", formatDuration, 75, "1 min 15 s"],
  ["formatDuration", formatDuration, 7199, "2 h 0 min"],
];
for (const [name, format, value, expected] of formats) {
  test(`${name} writes ${value} as ${JSON.stringify(expected)}`, () => {
    assert.equal(format(value), expected);
  });
}

test("quartiles are interpolated between ranks, in any order of the values", () => {
  assert.deepEqual(quartilesOf([4, 1, 3, 2, 5]), { lower: 2, median: 3, upper: 4 });
  assert.deepEqual(quartilesOf([10, 0, 30, 20]), { lower: 7.5, median: 15, upper: 22.5 });
  assert.deepEqual(quartilesOf(Float32Array.of(7)), { lower: 7, median: 7, upper: 7 });
  assert.equal(quartilesOf([]), undefined);
});
