import assert from "node:assert/strict";
import { test } from "node:test";
import { chart, thinned, type ChartSpec } from "./chart.js";

/** The SVG with single spaces, so that a pattern need not know where lines break. */
const draw = (spec: ChartSpec) => chart(spec).text.replace(/\s+/g, " ");

const axes = { x: { label: "step" }, y: { label: "score" } };
const size = { width: 172, height: 160 }; // a frame of 100 x 100: 58 to 158, 16 to 116

test("a line goes through its points, y upward", () => {
  const points = [
    { x: 0, y: 0 },
    { x: 5, y: 10 },
    { x: 10, y: 5 },
  ];
  const text = draw({ title: "t", ...axes, size, lines: [{ name: "a", colour: 1, points }] });
  assert.match(text, /<path class="line c1" d="M58 116L108 16L158 66" ?\/>/);
});

test("a line is broken where a value is not finite", () => {
  const points = [1, NaN, 3, 4].map((y, x) => ({ x, y }));
  const text = draw({ title: "t", ...axes, size, lines: [{ name: "a", colour: 2, points }] });
  const path = /class="line c2" d="([^"]*)"/.exec(text)![1]!;
  assert.deepEqual(path.match(/[ML]/g), ["M", "M", "L"]);
});

test("a band goes along its upper edge and back along its lower one", () => {
  const points = [
    { x: 0, low: 0, high: 10 },
    { x: 10, low: 5, high: 10 },
  ];
  const text = draw({ title: "t", ...axes, size, bands: [{ name: "a", colour: 4, points }] });
  assert.match(text, /<path class="band c4" d="M58 16L158 16L158 66L58 116Z" ?\/>/);
});

test("dots have error bars and say their values on hover", () => {
  const dots = [
    { x: 1, y: 5, error: 5, tooltip: "five & more" },
    { x: 2, y: 0, tooltip: "none" },
  ];
  const text = draw({ title: "t", ...axes, size, dots: [{ name: "a", colour: 3, points: dots }] });
  assert.match(text, /<title>five &#38; more<\/title>/);
  assert.match(text, /d="M58 116V16"/);
  assert.equal(text.match(/<circle/g)!.length, 2);
});

test("tooltips cover the whole width, each as far as half-way to its neighbour", () => {
  const tooltips = [0, 4, 10].map((x) => ({ x, text: `at ${x}` }));
  const points = [0, 10].map((x) => ({ x, y: x }));
  const text = draw({ title: "t", ...axes, size, tooltips, lines: [{ name: "a", colour: 1, points }] });
  const strips = [...text.matchAll(/class="strip" x="([\d.]+)" y="16" width="([\d.]+)"/g)];
  assert.deepEqual(
    strips.map(([, x, width]) => [Number(x), Number(width)]),
    [
      [58, 20],
      [78, 50],
      [128, 30],
    ],
  );
});

test("guides, marks and the upper axis are written where their values lie", () => {
  const text = draw({
    title: "t",
    ...axes,
    size: { width: 172, height: 190 },
    lines: [{ name: "a", colour: 1, points: [0, 10].map((x) => ({ x, y: x })) }],
    guides: [
      { y: 5, label: "half" },
      { y: 50, label: "outside" },
    ],
    marks: [{ x: 5, label: "refine" }],
    above: { label: "generation", ticks: [{ x: 10, text: "last" }] },
  });
  assert.match(text, /M58 96H158[\s\S]*half/);
  assert.doesNotMatch(text, /outside/);
  assert.match(text, /M108 46V146[\s\S]*refine/);
  assert.match(text, /x="158"[^>]*>last</);
});

test("a logarithmic axis is used only where every value is above 0", () => {
  const spec = (low: number): ChartSpec => ({
    title: "t",
    x: { label: "x" },
    y: { label: "y", log: true },
    size,
    lines: [
      {
        name: "a",
        colour: 1,
        points: [
          { x: 0, y: low },
          { x: 1, y: 10 },
          { x: 2, y: 100 },
        ],
      },
    ],
  });
  assert.match(draw(spec(1)), /d="M58 116L108 66L158 16"/);
  assert.match(draw(spec(0)), /d="M58 116L108 106L158 16"/);
});

test("nothing to draw is said, not drawn", () => {
  const text = draw({ title: "Loss", ...axes, lines: [{ name: "a", colour: 1, points: [] }] });
  assert.equal(text.includes("<svg"), false);
  assert.match(text, /Loss: nothing to draw/);
});

test("thinning keeps the mean and stays under its limit", () => {
  const points = Array.from({ length: 1000 }, (_, x) => ({ x, y: (x * 37) % 101 }));
  const thin = thinned(points, 100);
  const mean = (values: readonly { readonly y: number }[]) =>
    values.reduce((sum, { y }) => sum + y, 0) / values.length;
  assert.equal(thin.length, 100);
  assert.ok(Math.abs(mean(thin) - mean(points)) < 1e-9);
  assert.equal(thin[0]!.x, 4.5);
  assert.equal(thinned(points.slice(0, 50), 100).length, 50);
});
