import { createArtifactStore } from "@worldmodels/artifacts";
import type { JsonObject } from "@worldmodels/artifacts";
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { listJobs } from "./job-record.js";
import { runJob } from "./run-job.js";
import { lockFolder } from "./run-lock.js";

const root = mkdtempSync(join(tmpdir(), "jobs-"));
after(() => {
  rmSync(root, { recursive: true });
});

let folders = 0;
function createJob(config: JsonObject, seed = 10n) {
  const folder = join(root, String(folders++));
  const store = createArtifactStore(join(folder, "artifacts"));
  const said: string[] = [];
  const options = {
    definition: {
      stage: { name: "counting", version: 1 },
      module: new URL("./counting-stage.test-worker.ts", import.meta.url).href,
      inputs: {},
      config: { total: 5, ...config },
      seed,
    },
    jobsFolder: join(folder, "jobs"),
    store,
    workers: 1,
    onSay: (line: string) => said.push(line),
  };
  return { options, store, said, jobsFolder: options.jobsFolder };
}

const jobOf = (folder: string) => join(folder, readdirSync(folder)[0] ?? "");

test("a job gives its stage's artifacts and leaves no unfinished work", async () => {
  const { options, store, jobsFolder } = createJob({});
  const record = await runJob(options);
  assert.equal(record.state, "SUCCEEDED");
  assert.equal(record.attempts, 1);
  const numbers = await store.open(record.artifacts["numbers"]!);
  assert.equal(readFileSync(join(numbers.folder, "numbers.json"), "utf8"), "[10,11,12,13,14]");
  assert.deepEqual(readdirSync(jobOf(jobsFolder)), ["job.json"]);
});

test("the same job asked for twice runs once", async () => {
  const { options } = createJob({});
  const first = await runJob(options);
  assert.deepEqual(await runJob(options), first);
});

test("a finished job whose artifact is gone is run again", async () => {
  const { options, store } = createJob({});
  const first = await runJob(options);
  rmSync((await store.open(first.artifacts["numbers"]!)).folder, { recursive: true });
  const second = await runJob(options);
  assert.equal(second.attempts, 2);
  assert.deepEqual(second.artifacts, first.artifacts);
});

test("a process killed in the middle goes on from its checkpoint to the same artifact", async () => {
  const unkilled = await runJob(createJob({}).options);
  const { options, said } = createJob({ dieAt: 3 });
  const record = await runJob(options);
  assert.deepEqual(record.artifacts, unkilled.artifacts);
  assert.deepEqual(said, [
    "the process of counting was killed by SIGKILL; going on from its checkpoint",
    "goes on from 3",
  ]);
});

test("a process that dies again and again fails with one sentence and keeps its checkpoint", async () => {
  const { options, jobsFolder } = createJob({ dieAt: 1, dieAlways: true });
  await assert.rejects(runJob({ ...options, maxDeaths: 0 }), {
    code: "unavailable",
    message:
      /^the process of counting was killed by SIGKILL, after 0 earlier deaths; what it finished is kept/,
  });
  assert.equal((await listJobs(jobsFolder))[0]?.state, "FAILED");
  assert.ok(existsSync(join(jobOf(jobsFolder), "checkpoint.bin")));
});

test("an error of the stage keeps its code and sentence", async () => {
  const { options, jobsFolder } = createJob({ failAt: 2 });
  await assert.rejects(runJob(options), {
    code: "out-of-range",
    message: "counting: that number is refused",
  });
  const [record] = await listJobs(jobsFolder);
  assert.equal(record?.state, "FAILED");
  assert.deepEqual(record?.error, { code: "out-of-range", message: "counting: that number is refused" });
});

test("a cancelled job stops, says so, and goes on when asked again", async () => {
  const { options, said, jobsFolder } = createJob({ waitAt: 2 });
  const controller = new AbortController();
  const running = runJob({
    ...options,
    signal: controller.signal,
    onSay: () => {
      controller.abort();
    },
  });
  await assert.rejects(running, { code: "cancelled" });
  assert.equal((await listJobs(jobsFolder))[0]?.state, "CANCELLED");
  const record = await runJob(options);
  assert.equal(record.state, "SUCCEEDED");
  assert.deepEqual(said, ["goes on from 2"]);
});

test("a folder is locked against a second process, and a dead one's lock is taken over", async () => {
  const folder = join(root, "locked");
  const unlock = await lockFolder(folder);
  assert.equal(readFileSync(join(folder, "lock"), "utf8"), String(process.pid));
  await unlock();
  assert.deepEqual(readdirSync(folder), []);
});
