import assert from "node:assert/strict";
import { test } from "node:test";
import { HistogramCell, cellsOf, counter, gauge, histogram, readGauge } from "./cells.js";
import type { CounterCell } from "./cells.js";

test("the same labels are the same cell, in whatever order they are given", () => {
  const labels = { env: "CarRacing-v3", by: "session" };
  const cell = counter("worldmodels_env_steps_total", labels);
  assert.equal(counter("worldmodels_env_steps_total", { by: "session", env: "CarRacing-v3" }), cell);
  assert.notEqual(counter("worldmodels_env_steps_total", { ...labels, by: "job" }), cell);
  cell.add(3);
  const found = cellsOf("worldmodels_env_steps_total").find((each) => each.cell === cell);
  assert.deepEqual(found?.labels, ["CarRacing-v3", "session"]);
  assert.equal(cell.value, 3);
});

test("a histogram's value falls into the first bucket whose bound is not below it", () => {
  const cell = new HistogramCell([1, 5]);
  for (const value of [0.5, 1, 1.5, 5, 5.5, 100]) cell.observe(value);
  assert.deepEqual(cell.counts, [2, 2, 2]);
  assert.equal(cell.sum, 113.5);
});

test("histograms have the buckets of the table", () => {
  const { bounds, counts } = histogram("worldmodels_job_seconds", { stage: "collect", state: "FAILED" });
  assert.equal(bounds[0], 1);
  assert.equal(counts.length, bounds.length + 1);
});

test("what readers say is added to the gauge of the same labels, until they end", () => {
  gauge("worldmodels_jobs", { stage: "encode", state: "RUNNING" }).add(1);
  const ends = [2, 3].map((value) =>
    readGauge("worldmodels_jobs", () => [[{ stage: "encode", state: "RUNNING" }, value]]),
  );
  const values = () => cellsOf("worldmodels_jobs").map(({ cell }) => (cell as CounterCell).value);
  assert.deepEqual(values(), [6]);
  for (const end of ends) end();
  assert.deepEqual(values(), [1]);
});
