import { DomainError } from "@worldmodels/errors";
import { gauge, histogram, startTracing, stopTracing, withSpan } from "@worldmodels/telemetry";
import { startTraceReceiver } from "@worldmodels/telemetry/testing";
import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import type { CallContext } from "./call-context.js";
import { all, jobOf, later, startServing } from "./serving.test-helper.js";
import type { JobHandlers } from "./serving.test-helper.js";

const service = "worldmodels.job.v1.JobService";
const inTime = { deadlineMs: 20_000 };

const ended = (method: string, code: string): number =>
  histogram("worldmodels_rpc_seconds", { service, method, code }).counts.reduce((sum, count) => sum + count);

const handlers: Partial<JobHandlers> = {
  getJob: async ({ id }) => {
    if (id === "missing") throw new DomainError("not-found", "there is no such job");
    if (id === "bug") throw new TypeError("a bug");
    return { job: jobOf(id) };
  },
  async *watchJob({ id }) {
    yield { sequence: 1n, line: undefined, job: jobOf(id) };
    if (id === "missing") throw new DomainError("not-found", "there is no such job");
  },
};

for (const [id, code] of [
  ["a", "OK"],
  ["missing", "NOT_FOUND"],
  ["bug", "INTERNAL"],
] as const) {
  test(`a call that ends with ${code} is timed once, by its code`, async (t) => {
    const { jobs } = await startServing(t, { jobs: handlers });
    const before = ended("GetJob", code);
    await jobs.getJob({ id }, inTime).catch(() => undefined);
    assert.equal(ended("GetJob", code) - before, 1);
  });
}

for (const [id, code] of [
  ["a", "OK"],
  ["missing", "NOT_FOUND"],
] as const) {
  test(`a stream that ends with ${code} is timed once, by its code`, async (t) => {
    const { jobs } = await startServing(t, { jobs: handlers });
    const before = ended("WatchJob", code);
    await all(jobs.watchJob({ id, after: 0n })).catch(() => undefined);
    assert.equal(ended("WatchJob", code) - before, 1);
  });
}

test("a call is in flight from its beginning to its answer", async (t) => {
  const inFlight = gauge("worldmodels_rpcs_in_flight", { service, method: "ListJobs" });
  const begun = later();
  const release = later();
  const listJobs = async () => {
    begun.resolve();
    await release.promise;
    return { jobs: [] };
  };
  const { jobs } = await startServing(t, { jobs: { listJobs } });
  const answer = jobs.listJobs({}, inTime);
  await begun.promise;
  assert.equal(inFlight.value, 1);
  release.resolve();
  await answer;
  assert.equal(inFlight.value, 0);
});

test("a handler is told the run that a call is made for, and none where the caller says none", async (t) => {
  const runs: CallContext["run"][] = [];
  const getJob: JobHandlers["getJob"] = async ({ id }, { run }) => {
    runs.push(run);
    return { job: jobOf(id) };
  };
  const { jobs } = await startServing(t, { jobs: { getJob } });
  for (const run of ["car-racing-quick-seed0", "x".repeat(300), undefined]) {
    await jobs.getJob({ id: "a" }, { ...inTime, run });
  }
  assert.deepEqual(runs, ["car-racing-quick-seed0", "x".repeat(200), undefined]);
});

async function traced(t: TestContext) {
  const receiver = await startTraceReceiver();
  t.after(() => receiver.close());
  t.after(() => Reflect.deleteProperty(process.env, "OTEL_EXPORTER_OTLP_ENDPOINT"));
  process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.endpoint;
  await startTracing({ service: "test" });
  t.after(stopTracing);
  return receiver;
}

test("calls and streams are spans at both ends, of one trace, and what handlers do belongs to them", async (t) => {
  const receiver = await traced(t);
  const { jobs } = await startServing(t, {
    jobs: {
      getJob: ({ id }) => withSpan("look", {}, async () => ({ job: jobOf(id) })),
      async *watchJob({ id }) {
        yield await withSpan("watch", {}, async () => ({ sequence: 1n, line: undefined, job: jobOf(id) }));
        throw new DomainError("not-found", "it is gone");
      },
    },
  });
  await withSpan("asked", {}, async () => {
    await jobs.getJob({ id: "a" }, inTime);
    await assert.rejects(all(jobs.watchJob({ id: "a", after: 0n })), /it is gone/);
  });
  await receiver.until((spans) => spans.length >= 7);
  await stopTracing();
  const asked = receiver.spans.find(({ name }) => name === "asked");
  for (const [method, inner, failed] of [
    ["GetJob", "look", false],
    ["WatchJob", "watch", true],
  ] as const) {
    const ends = receiver.spans.filter(({ name }) => name === `${service}/${method}`);
    const client = ends.find(({ attributes }) => "server.address" in attributes);
    const server = ends.find(({ attributes }) => !("server.address" in attributes));
    assert.equal(client?.parentSpanId, asked?.spanId);
    assert.equal(server?.parentSpanId, client?.spanId);
    assert.deepEqual([client?.failed, server?.failed], [failed, failed]);
    assert.equal(receiver.spans.find(({ name }) => name === inner)?.parentSpanId, server?.spanId);
  }
  assert.deepEqual([...new Set(receiver.spans.map(({ traceId }) => traceId))], [asked?.traceId]);
});
