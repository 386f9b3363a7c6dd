import assert from "node:assert/strict";
import { test } from "node:test";
import { binValues, histogram } from "./histogram.js";

test("every finite value is in the bin that its edges promise", () => {
  const values = [-32.5, 0, 0.3, 899.9, 900, 901, NaN];
  const { low, width, counts } = binValues(values)!;
  assert.equal(
    counts.reduce((a, b) => a + b),
    6,
  );
  counts.forEach((count, bin) => {
    const [from, to] = [low + bin * width, low + (bin + 1) * width];
    assert.equal(count, values.filter((value) => value >= from && value < to).length);
  });
});

test("values on decimal edges are not lost to rounding", () => {
  assert.deepEqual(binValues([0, 0.1, 0.2, 0.3, 0.3], 3), { low: 0, width: 0.1, counts: [1, 1, 1, 2] });
});

test("equal values share one bin, and no values have none", () => {
  assert.deepEqual(binValues([5, 5, 5])!.counts, [3]);
  assert.equal(binValues([NaN]), undefined);
});

test("bars say their counts, and the axis reaches to the mark", () => {
  const { text } = histogram({
    title: "t",
    xLabel: "score",
    values: [10, 20, 20, 30],
    mark: { x: 100, label: "target" },
  });
  assert.match(text, /<title>2 from 20 to 21<\/title>/);
  assert.match(text, /M746\.0 12V186/);
  assert.match(text, />target</);
});
