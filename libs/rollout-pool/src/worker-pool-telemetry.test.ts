import { counter, startTracing, stopTracing, withSpan } from "@worldmodels/telemetry";
import { startTraceReceiver } from "@worldmodels/telemetry/testing";
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { createWorkerPool } from "./worker-pool.js";
import type { Manners } from "./worker-pool.test-worker.js";

const entry = new URL("./worker-pool.test-worker.ts", import.meta.url);
const tasks: Manners[] = Array.from({ length: 12 }, (_, value) => ({ value }));

function openPool(t: TestContext) {
  const pool = createWorkerPool<Manners, number>({
    entry,
    setup: { factor: 1 },
    workers: 2,
    tasksPerWorker: 2,
  });
  t.after(() => {
    pool.close();
  });
  return pool;
}

/** The tasks, of which one kills its worker the first time. */
function withDeath(t: TestContext): Manners[] {
  const folder = mkdtempSync(join(tmpdir(), "worker-pool-telemetry-"));
  t.after(() => {
    rmSync(folder, { recursive: true });
  });
  return tasks.map((task) => (task.value === 7 ? { ...task, dieOnce: join(folder, "died") } : task));
}

test("what workers count is counted here when a run's last result is here", async (t) => {
  const steps = counter("worldmodels_env_steps_total", { env: "manners", by: "evaluate" });
  const before = steps.value;
  await openPool(t).run(tasks);
  assert.equal(steps.value - before, 120);
});

test("a death and the worker in its place are counted", async (t) => {
  const deaths = counter("worldmodels_worker_deaths_total", {});
  const restarts = counter("worldmodels_worker_restarts_total", {});
  const before = [deaths.value, restarts.value] as const;
  const pool = openPool(t);
  await pool.run(withDeath(t));
  assert.deepEqual([deaths.value - before[0], restarts.value - before[1]], [1, 1]);
  pool.close();
  assert.equal(deaths.value - before[0], 1, "a pool that is closed has lost nobody");
});

test("each worker is a span of the run's trace, and one that died a failed span", async (t) => {
  const receiver = await startTraceReceiver();
  t.after(() => receiver.close());
  t.after(() => Reflect.deleteProperty(process.env, "OTEL_EXPORTER_OTLP_ENDPOINT"));
  process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.endpoint;
  await startTracing({ service: "rollout" });
  const pool = openPool(t);
  const pids = await withSpan("asked", {}, async () => {
    await pool.run(withDeath(t));
    return pool.pids;
  });
  await stopTracing();
  const asked = receiver.spans.find(({ name }) => name === "asked");
  const workers = receiver.spans.filter(({ name }) => name === "worker");
  assert.ok(workers.every(({ parentSpanId }) => parentSpanId === asked?.spanId));
  const pidsOf = (isFailed: boolean) =>
    workers
      .filter(({ failed }) => failed === isFailed)
      .map(({ attributes }) => Number(attributes["worker.pid"]));
  assert.equal(pidsOf(true).length, 1);
  assert.ok(!pids.includes(pidsOf(true)[0] ?? 0), "the one that died lives no more");
  assert.ok(pidsOf(false).length > 0);
  assert.ok(pidsOf(false).every((pid) => pids.includes(pid)));
});
