import { counter, gauge } from "@worldmodels/telemetry";
import assert from "node:assert/strict";
import { test } from "node:test";
import { createRowMeter } from "./row-meter.js";

test("a batch is in flight while it is worked on, and its rows count when they are answered", async () => {
  const labels = { model: "vae", call: "encode" };
  const inFlight = gauge("worldmodels_model_batches_in_flight", labels);
  const rows = counter("worldmodels_model_rows_total", labels);
  const meter = createRowMeter("vae", "encode");
  let answer: (value: string) => void = () => undefined;
  const first = meter(3, () => new Promise<string>((resolve) => (answer = resolve)));
  const second = meter(5, () => Promise.reject(new Error("no")));
  assert.deepEqual([inFlight.value, rows.value], [2, 0]);
  await assert.rejects(second, /no/);
  assert.deepEqual([inFlight.value, rows.value], [1, 0]);
  answer("done");
  assert.equal(await first, "done");
  assert.deepEqual([inFlight.value, rows.value], [0, 3]);
});
