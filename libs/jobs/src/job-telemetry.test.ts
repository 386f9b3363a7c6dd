import { createArtifactStore } from "@worldmodels/artifacts";
import type { JsonObject } from "@worldmodels/artifacts";
import { counter, histogram, startTracing, stopTracing, withSpan } from "@worldmodels/telemetry";
import type { LogFacts } from "@worldmodels/telemetry";
import { startTraceReceiver } from "@worldmodels/telemetry/testing";
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { createJobManager } from "./job-manager.js";
import type { JobOrigin } from "./job-origin.js";

const module = new URL("./counting-stage.test-worker.ts", import.meta.url).href;

/** Runs the counting stage as a job of a manager, to its end. */
async function runCounting(t: TestContext, config: JsonObject, origin: JobOrigin = {}) {
  const folder = await mkdtemp(join(tmpdir(), "job-telemetry-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const told: LogFacts[] = [];
  const manager = createJobManager({
    jobsFolder: join(folder, "jobs"),
    store: createArtifactStore(join(folder, "artifacts")),
    workers: 1,
    moduleOf: () => module,
    onLine: (_, facts) => told.push(facts),
  });
  t.after(() => manager.close());
  const stage = { name: "counting", version: 1 };
  const { key } = await manager.start({ stage, module, inputs: {}, config, seed: 1n }, origin);
  for await (const _ of manager.watch(key));
  return { key, told, record: await manager.get(key) };
}

test("what a job's process counts is counted here, all of it, though its last count comes with its end", async (t) => {
  const steps = counter("worldmodels_env_steps_total", { env: "counting", by: "job" });
  const before = steps.value;
  const { record } = await runCounting(t, { total: 7, countSteps: true });
  assert.equal(record.state, "SUCCEEDED");
  assert.equal(steps.value - before, 70);
});

test("a job is timed by the state that it ends in, and its processes' deaths are counted", async (t) => {
  const timed = (state: string) =>
    histogram("worldmodels_job_seconds", { stage: "counting", state }).counts.reduce(
      (sum, count) => sum + count,
    );
  const deaths = counter("worldmodels_job_process_deaths_total", { stage: "counting" });
  const before = { succeeded: timed("SUCCEEDED"), failed: timed("FAILED"), deaths: deaths.value };
  await runCounting(t, { total: 3, dieAt: 2 });
  await runCounting(t, { total: 3, failAt: 2 });
  assert.deepEqual(
    { succeeded: timed("SUCCEEDED"), failed: timed("FAILED"), deaths: deaths.value },
    { succeeded: before.succeeded + 1, failed: before.failed + 1, deaths: before.deaths + 1 },
  );
});

test("a job asked for in a span is part of its trace, in this process and in its own", async (t) => {
  const receiver = await startTraceReceiver();
  t.after(() => receiver.close());
  t.after(() => Reflect.deleteProperty(process.env, "OTEL_EXPORTER_OTLP_ENDPOINT"));
  process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.endpoint;
  await startTracing({ service: "encoder" });
  let trace: string | undefined;
  const { key, told } = await withSpan("asked", {}, (span) => {
    trace = span.traceId;
    return runCounting(t, { total: 2 }, { run: "watched", identity: "ci" });
  });
  // Its end is told before its span ends.
  await receiver.until((spans) => spans.some(({ name }) => name === "job counting"));
  await stopTracing();
  const [asked, job, process_] = ["asked", "job counting", "process counting"].map((wanted) =>
    receiver.spans.find(({ name }) => name === wanted),
  );
  assert.deepEqual(
    [job?.parentSpanId, process_?.parentSpanId, job?.traceId, process_?.traceId],
    [asked?.spanId, job?.spanId, trace, trace],
  );
  assert.equal(job?.attributes["job.key"], key);
  assert.equal(asked?.pid, process.pid);
  assert.notEqual(process_?.pid, process.pid);
  assert.ok(told.length > 0);
  for (const facts of told) {
    assert.deepEqual(facts, { stage: "counting", job: key, run: "watched", identity: "ci", trace });
  }
});
