import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const worker = fileURLToPath(new URL("./logging.test-worker.ts", import.meta.url));

async function runAs(role: string, env: Record<string, string> = {}) {
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ["-C", "@worldmodels/source", "--import", "tsx", worker, role],
    { env: { ...process.env, ...env } },
  );
  const lines = stdout.split("\n").filter((line) => line !== "");
  return { events: lines.map((line) => JSON.parse(line) as Record<string, unknown>), stderr };
}

test("an event is one line with time, service and event first", async () => {
  const { events } = await runAs("service");
  assert.equal(events.length, 1);
  const { time, ...rest } = events[0] ?? {};
  assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.deepEqual(Object.entries(rest), [
    ["service", "encoder"],
    ["event", "listening"],
    ["address", "here"],
  ]);
});

test("a job's process and its workers go on with the service's log, and say which job it is", async () => {
  const service = await runAs("service");
  const job = await runAs("job", JSON.parse(service.stderr) as Record<string, string>);
  const { time, pid, ...said } = job.events[0] ?? {};
  assert.ok(time !== undefined && typeof pid === "number");
  const facts = { service: "encoder", job: "0123", trace: "abc" };
  assert.deepEqual(said, { ...facts, event: "begun", process: "job", stage: "encode" });
  const inherited = JSON.parse(job.stderr) as Record<string, string>;
  const { time: _, pid: workerPid, ...ready } = (await runAs("worker", inherited)).events[0] ?? {};
  assert.notEqual(workerPid, pid);
  assert.deepEqual(ready, { ...facts, event: "worker-ready", process: "worker" });
});

test("a command for people keeps no log, nor do its children", async () => {
  assert.deepEqual((await runAs("none")).events, []);
  assert.deepEqual((await runAs("worker")).events, []);
});

test("a child's events become lines of the log, and what else it prints becomes events", async () => {
  const { events, stderr } = await runAs("forward");
  assert.equal(stderr, "");
  assert.deepEqual(
    events.map(({ time: _, ...rest }) => rest),
    [{ event: "begun" }, { service: "encoder", event: "output", job: "0123", line: "Segmentation fault" }],
  );
});
