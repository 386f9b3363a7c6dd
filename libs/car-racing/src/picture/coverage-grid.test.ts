import assert from "node:assert/strict";
import { test } from "node:test";
import { CoverageGrid, FRONT, GRASS } from "./coverage-grid.js";

type Point = readonly [x: number, y: number];

/** Adds a polygon whose corners go anticlockwise as seen in the picture (y down). */
function addPolygon(grid: CoverageGrid, corners: readonly Point[], red = 0): void {
  const points = Float64Array.from(corners.flat());
  const inks = Float64Array.of(1, red, 0, 0);
  corners.forEach((_, i) => grid.addEdge(points, i * 2, ((i + 1) % corners.length) * 2, inks, 0));
}

/** Levels of red where the polygons' coverage times 200 is painted on black. */
function paint(width: number, height: number, polygons: readonly (readonly Point[])[]): number[] {
  const grid = new CoverageGrid(width, height, 0);
  for (const polygon of polygons) addPolygon(grid, polygon);
  grid.rasterise(GRASS);
  const out = new Uint8Array(width * height * 3);
  grid.paintGround(out, 0, Float64Array.of(0, 0, 0, 200, 0, 0), 0);
  return Array.from({ length: width * height }, (_, i) => out[i * 3]!);
}

/** Area of a polygon within a rectangle, by cutting it at one border after another. */
function clippedArea(polygon: readonly Point[], left: number, top: number, right: number, bottom: number) {
  const cut = (corners: readonly Point[], inside: (p: Point) => number): Point[] =>
    corners.flatMap((p, i) => {
      const q = corners[(i + 1) % corners.length]!;
      const [a, b] = [inside(p), inside(q)];
      const crossing: Point = [p[0] + ((q[0] - p[0]) * a) / (a - b), p[1] + ((q[1] - p[1]) * a) / (a - b)];
      return [...(a >= 0 ? [p] : []), ...(a * b < 0 ? [crossing] : [])];
    });
  let corners = cut(polygon, ([x]) => x - left);
  corners = cut(corners, ([x]) => right - x);
  corners = cut(corners, ([, y]) => y - top);
  corners = cut(corners, ([, y]) => bottom - y);
  const doubled = corners.reduce((sum, [x, y], i) => {
    const [nextX, nextY] = corners[(i + 1) % corners.length]!;
    return sum + nextX * y - x * nextY;
  }, 0);
  return doubled / 2;
}

const POLYGONS: Readonly<Record<string, readonly Point[]>> = {
  "a rectangle between pixels": [
    [2.25, 1.5],
    [2.25, 4.75],
    [7.5, 4.75],
    [7.5, 1.5],
  ],
  "a slim triangle": [
    [1.1, 1.2],
    [9.7, 2.3],
    [8.9, 1.9],
  ],
  "a steep quad": [
    [3.3, 0.4],
    [4.1, 7.6],
    [5.2, 7.9],
    [4.6, 0.1],
  ],
  "one that leaves the picture on the left": [
    [-6.5, -2.2],
    [-3.1, 6.4],
    [5.9, 5.3],
    [3.2, 1.1],
  ],
  "one that leaves it on the right": [
    [6.2, 1.3],
    [7.7, 6.9],
    [21.4, 9.3],
    [17.5, -3.6],
  ],
  "one that covers it all": [
    [-5, -30],
    [-40, 50],
    [60, 45],
    [22, -8],
  ],
  "one that crosses it from corner to corner": [
    [-9, -8],
    [18, 20],
    [21, 18],
    [-6, -10],
  ],
};

for (const [name, polygon] of Object.entries(POLYGONS)) {
  test(`each pixel gets the area that is covered of it: ${name}`, () => {
    const [width, height] = [11, 8];
    const levels = paint(width, height, [polygon]);
    levels.forEach((level, i) => {
      const [x, y] = [i % width, Math.floor(i / width)];
      const wanted = 200 * clippedArea(polygon, x, y, x + 1, y + 1);
      assert.ok(Math.abs(level + 0.5 - wanted) <= 0.5 + 1e-6, `pixel ${x}, ${y}: ${level}, area ${wanted}`);
    });
  });
}

test("polygons with a common edge join without a seam", () => {
  const [a, b, c, d]: Point[] = [
    [1.3, 0.2],
    [0.4, 7.7],
    [9.6, 7.1],
    [10.2, 0.9],
  ];
  assert.deepEqual(
    paint(11, 8, [
      [a!, b!, c!],
      [a!, c!, d!],
    ]),
    paint(11, 8, [[a!, b!, c!, d!]]),
  );
});

test("painting clears the grid, whatever lay over its borders", () => {
  const grid = new CoverageGrid(40, 8, 0.5);
  const ground = Float64Array.of(10, 20, 30, 100, 0, 0);
  addPolygon(grid, [
    [-5, -5],
    [-5, 20],
    [50, 21],
    [50, -4],
  ]);
  grid.rasterise(GRASS);
  grid.paintGround(new Uint8Array(960), 0, ground, 1);
  const out = new Uint8Array(960);
  grid.paintGround(out, 0, ground, 1);
  assert.deepEqual(
    out,
    Uint8Array.from({ length: 960 }, (_, i) => [10, 20, 30][i % 3]!),
  );
});

test("the front layer is blended over what is there", () => {
  const grid = new CoverageGrid(4, 1, 0.5);
  const out = new Uint8Array(12).fill(100);
  addPolygon(
    grid,
    [
      [0.5, 0],
      [0.5, 1],
      [2, 1],
      [2, 0],
    ],
    200,
  );
  grid.rasterise(FRONT);
  grid.paintFront(out, 0);
  assert.deepEqual([...out], [150, 50, 50, 200, 0, 0, 100, 100, 100, 100, 100, 100]);
});

test("a picture at an odd place has the same bytes", () => {
  const grid = new CoverageGrid(8, 4, 0.5);
  const paintAt = (offset: number): Uint8Array => {
    const out = new Uint8Array(200);
    addPolygon(grid, [
      [1.3, 0.2],
      [0.4, 3.7],
      [6.6, 3.1],
    ]);
    grid.rasterise(GRASS);
    grid.paintGround(out, offset, Float64Array.of(10, 20, 30, 100, 150, 200), 1);
    return out.slice(offset, offset + 96);
  };
  assert.deepEqual(paintAt(7), paintAt(0));
});
