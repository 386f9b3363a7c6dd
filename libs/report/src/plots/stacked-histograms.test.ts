import assert from "node:assert/strict";
import { test } from "node:test";
import { stackedHistograms } from "./stacked-histograms.js";

const rows = [
  { name: "above", colour: 2 as const, values: [300, 300, 310, 600] },
  { name: "below", colour: 1 as const, values: [0, 10, 300] },
];
const spec = { title: "t", xLabel: "return", yLabel: "episodes", rows };

/** Bars as `[x, y, width, height]`, by what they say. */
function barsOf(text: string): Map<string, number[]> {
  const bars = [
    ...text.matchAll(
      /<rect[^>]*?x="(.*?)"\s*y="(.*?)"\s*width="(.*?)"\s*height="(.*?)"\s*><title>\s*(.*?)\s*<\/title>/gs,
    ),
  ];
  return new Map(bars.map(([, x, y, width, height, says]) => [says!, [x, y, width, height].map(Number)]));
}

test("every value is counted once, in the row that it belongs to", () => {
  const bars = barsOf(stackedHistograms(spec).text);
  const counts = (name: string) =>
    [...bars.keys()].filter((says) => says.startsWith(name)).map((says) => Number(/: (\d+)/.exec(says)![1]));
  assert.deepEqual(counts("above"), [3, 1]);
  assert.deepEqual(counts("below"), [2, 1]);
});

test("the same values are at the same place in both rows, and the same counts equally high", () => {
  const bars = barsOf(
    stackedHistograms({ ...spec, rows: rows.map((row) => ({ ...row, values: [5, 7, 7] })) }).text,
  );
  assert.equal(bars.size, 4);
  for (const place of ["1 from 5 to 5.1", "2 from 7 to 7.1"]) {
    const [above, below] = [bars.get(`above: ${place}`)!, bars.get(`below: ${place}`)!];
    assert.deepEqual([above[0], above[2], above[3]], [below[0], below[2], below[3]]);
    assert.ok(below[1]! > above[1]! + above[3]!, "one row lies below the other");
  }
});

test("each row's mean is marked where its value lies on the axis", () => {
  const { text } = stackedHistograms({
    ...spec,
    rows: [
      { name: "a", colour: 1, values: [0, 100] },
      { name: "b", colour: 2, values: [100] },
    ],
  });
  assert.match(text, /mean 50\.?0?</);
  assert.match(text, /mean 100</);
  const [first, second] = [...text.matchAll(/class="guide" d="M([\d.]+)/g)].map(([, at]) => Number(at));
  const leftOf100 = barsOf(text).get("b: 1 from 100 to 105")![0]!;
  assert.ok(Math.abs(second! - (leftOf100 - 1)) < 0.1);
  assert.ok(Math.abs(first! - (58 + second!) / 2) < 0.1, "half-way from the axis' beginning");
});

test("no finite value at all is a sentence, and a row without any is an empty row", () => {
  assert.match(
    stackedHistograms({ ...spec, rows: [{ ...rows[0]!, values: [NaN] }] }).text,
    /nothing to draw/,
  );
  const { text } = stackedHistograms({ ...spec, rows: [rows[0]!, { ...rows[1]!, values: [] }] });
  assert.equal(barsOf(text).size, 3);
  assert.doesNotMatch(text, /NaN|undefined/);
});
