import { connect, createClient } from "@worldmodels/grpc-kit";
import { JobServiceService, JobState } from "@worldmodels/proto/job";
import type { WatchJobResponse } from "@worldmodels/proto/job";
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import {
  addressIn,
  countingJob,
  countingPlace,
  startCountingService,
} from "./counting-service.test-helper.js";

const folder = mkdtempSync(join(tmpdir(), "serve-jobs-"));
const service = await startCountingService(folder);
const connection = connect(addressIn(folder));
after(async () => {
  connection.close();
  await service.stop();
  rmSync(folder, { recursive: true });
});
const jobs = createClient(JobServiceService, connection);
const { start } = countingPlace(connection);
const IN_TIME = { deadlineMs: 10_000 };

async function watch(id: string, after = 0n): Promise<WatchJobResponse[]> {
  const events: WatchJobResponse[] = [];
  for await (const event of jobs.watchJob({ id, after })) events.push(event);
  return events;
}

/** Lines and changes of state, without news of progress, which a slow watcher may miss. */
const durable = (events: readonly WatchJobResponse[]) =>
  events
    .filter(({ sequence }, i) => sequence !== events[i - 1]?.sequence)
    .map(({ sequence, line }) => ({ sequence, line }));

test("a job is watched to its end, found by its id and listed", async () => {
  const { id } = await start(countingJob({}), {});
  const events = await watch(id);
  assert.deepEqual(
    events.flatMap(({ line }) => line ?? []),
    [1, 2, 3, 4, 5].map((number) => `counted ${number}`),
  );
  assert.equal(events.at(-1)?.job?.state, JobState.JOB_STATE_SUCCEEDED);
  const { job } = await jobs.getJob({ id: id.slice(0, 8) }, IN_TIME);
  assert.equal(job?.id, id);
  assert.equal(job.outputs["numbers"]?.kind, "numbers");
  assert.deepEqual(job.settings, { total: "5" });
  const listed = await jobs.listJobs({}, IN_TIME);
  assert.ok(listed.jobs.some((each) => each.id === id));
});

test("a late watcher is told every durable event, from wherever it asks", async () => {
  const { id } = await start(countingJob({ total: 4 }), {});
  const all = durable(await watch(id));
  assert.deepEqual(durable(await watch(id)), all);
  for (const [index, { sequence }] of all.slice(0, -1).entries()) {
    assert.deepEqual(durable(await watch(id, sequence)), all.slice(index + 1), `after ${sequence}`);
  }
});

test("a watcher who breaks off goes on from what it saw and misses nothing", async () => {
  const gate = join(folder, "gate");
  const { id } = await start(countingJob({ total: 6, waitAt: 3, gate }), {});
  const seen: WatchJobResponse[] = [];
  for await (const event of jobs.watchJob({ id, after: 0n })) {
    seen.push(event);
    if (event.line === "waits") break;
  }
  await jobs.cancelJob({ id }, IN_TIME);
  writeFileSync(gate, "");
  await start(countingJob({ total: 6, waitAt: 3, gate }), {});
  const rest = await watch(id, seen.at(-1)?.sequence ?? 0n);
  assert.deepEqual(durable([...seen, ...rest]), durable(await watch(id)));
  assert.equal(rest.at(-1)?.job?.state, JobState.JOB_STATE_SUCCEEDED);
});

test("a cancelled job has stopped when the call answers", async () => {
  const definition = countingJob({ waitAt: 2, gate: "/nowhere" });
  const { id } = await start(definition, {});
  for await (const { line } of jobs.watchJob({ id, after: 0n })) if (line === "waits") break;
  const { job } = await jobs.cancelJob({ id }, IN_TIME);
  assert.equal(job?.state, JobState.JOB_STATE_CANCELLED);
  const again = await jobs.cancelJob({ id }, IN_TIME);
  assert.equal(again.job?.state, JobState.JOB_STATE_CANCELLED);
});

for (const [what, call] of [
  ["get", (id: string) => jobs.getJob({ id }, IN_TIME)],
  ["cancel", (id: string) => jobs.cancelJob({ id }, IN_TIME)],
  ["watch", (id: string) => watch(id)],
] as const) {
  test(`${what} of an id that no job has is NOT_FOUND`, async () => {
    await assert.rejects(call("0".repeat(64)), { code: "not-found", message: /0000/ });
  });

  for (const id of ["", "abcd", "../../etc/passwd", "A".repeat(64), "0".repeat(65)]) {
    test(`${what} of "${id.slice(0, 20)}" is INVALID_ARGUMENT`, async () => {
      await assert.rejects(call(id), { code: "invalid-argument", message: /8/ });
    });
  }
}
