import assert from "node:assert/strict";
import { test } from "node:test";
import type { SweepRow } from "./sweep-data.js";
import { sweepRow } from "./sweep-row.test-data.js";
import { isNumeric, seriesAlong } from "./sweep-series.js";

const grid: SweepRow[] = [1.3, 0.1].flatMap((temperature) =>
  ["zh", "z"].flatMap((features) =>
    [0, 1].map((seed) =>
      sweepRow({
        settings: { "evolve.env.temperature": temperature, "controller.features": features },
        seed,
        realMean: 100 * temperature + seed,
      }),
    ),
  ),
);
const axes = ["evolve.env.temperature", "controller.features"];

test("there is a series for each value of the other setting, ascending, seeds taken together", () => {
  const series = seriesAlong("evolve.env.temperature", axes, grid);
  assert.deepEqual(
    series.map(({ name, points }) => [name, points.map(({ x, real }) => [x, real.mean, real.over])]),
    ["features zh", "features z"].map((name) => [
      name,
      [
        [0.1, 10.5, "seeds"],
        [1.3, 130.5, "seeds"],
      ],
    ]),
  );
});

test("a failed run is left out of its point, and a point of failed runs out of its series", () => {
  const failed = grid.map((row, index): SweepRow =>
    [1, 4, 5].includes(index)
      ? { point: row.point, settings: row.settings, seed: row.seed, command: row.command, error: "no disk" }
      : row,
  );
  const [series] = seriesAlong("evolve.env.temperature", axes, failed);
  assert.deepEqual(
    series!.points.map(({ x, real }) => [x, real.mean, real.over]),
    [[1.3, 130, "episodes"]],
  );
});

test("series keep the grid's order where their first points failed, and one of failures is no series", () => {
  const failed = grid.map((row, index): SweepRow =>
    index < 2
      ? { point: row.point, settings: row.settings, seed: row.seed, command: row.command, error: "no disk" }
      : row,
  );
  const names = (rows: readonly SweepRow[]) =>
    seriesAlong("evolve.env.temperature", axes, rows).map(({ name }) => name);
  assert.deepEqual(names(failed), ["features zh", "features z"]);
  assert.deepEqual(names(failed.slice(0, 4)), ["features z"]);
});

test("a point that was not played in a dream has no estimate of it", () => {
  const rows = grid.map((row) => ({ ...row, dreamMean: null, dreamSd: null }));
  const [series] = seriesAlong("evolve.env.temperature", axes, rows);
  assert.equal(series!.points[0]!.dream, undefined);
});

test("a setting of words is no axis of a chart", () => {
  assert.deepEqual(
    axes.map((axis) => isNumeric(axis, grid)),
    [true, false],
  );
});
