import { createArtifactStore } from "@worldmodels/artifacts";
import type { JsonObject } from "@worldmodels/artifacts";
import { DomainError } from "@worldmodels/errors";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { jobFolder, listJobs } from "./job-files.js";
import { jobKey } from "./job-record.js";
import { ATTEMPT_FOLDER } from "./outlive-earlier-attempt.js";
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
  let reused = 0;
  assert.deepEqual(await runJob({ ...options, onReused: () => reused++ }), first);
  assert.equal(reused, 1);
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
  assert.deepEqual(record.error, { code: "out-of-range", message: "counting: that number is refused" });
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

test("the same job asked for while it runs is refused, and the first goes on", async () => {
  const { options } = createJob({ waitAt: 2 });
  const controller = new AbortController();
  let second: Promise<unknown> = Promise.resolve();
  const running = runJob({
    ...options,
    signal: controller.signal,
    onSay: () => {
      second = runJob(options).finally(() => {
        controller.abort();
      });
      second.catch(() => undefined);
    },
  });
  await assert.rejects(running, { code: "cancelled" });
  await assert.rejects(second, { code: "failed-precondition", message: /is in use by this process/ });
});

test("deaths are forgiven for as long as each attempt gets further", async () => {
  const { options } = createJob({ dieEvery: true });
  const record = await runJob({ ...options, maxDeaths: 1 });
  assert.equal(record.attempts, 6);
});

test("a job that hears no abort is killed after its grace", async () => {
  const { options, jobsFolder } = createJob({ spinAt: 2 });
  const controller = new AbortController();
  const onSay = () => {
    controller.abort();
  };
  await assert.rejects(runJob({ ...options, signal: controller.signal, graceMs: 100, onSay }), {
    code: "cancelled",
  });
  assert.equal((await listJobs(jobsFolder))[0]?.state, "CANCELLED");
});

test("a module that holds another stage is refused", async () => {
  const { options } = createJob({});
  const definition = { ...options.definition, stage: { name: "counting", version: 2 } };
  await assert.rejects(
    runJob({ ...options, definition }),
    /has stage counting of version 1 where .* version 2/,
  );
});

test("a job stopped because its service stops stays RUNNING on disk, with its progress, and goes on", async () => {
  const { options, said, jobsFolder } = createJob({ waitAt: 2 });
  const controller = new AbortController();
  const reason = new DomainError("unavailable", "the service is stopping");
  const onSay = () => {
    controller.abort(reason);
  };
  await assert.rejects(runJob({ ...options, signal: controller.signal, onSay }), reason);
  const [left] = await listJobs(jobsFolder);
  assert.deepEqual([left?.state, left?.progress?.total], ["RUNNING", 5]);
  assert.equal((await runJob(options)).state, "SUCCEEDED");
  assert.deepEqual(said, ["goes on from 2"]);
});

test("an attempt can be made elsewhere: it is told the job, and its word counts", async () => {
  const { options, jobsFolder, said, store } = createJob({});
  const progresses: (number | undefined)[] = [];
  const record = await runJob({
    ...options,
    rollouts: ["10.0.0.1:5000"],
    processEnv: { COLOUR: "red" },
    onRecord: ({ progress }) => progresses.push(progress?.done),
    attempt: async ({ type, definition, storeRoot, folder, workers, rollouts }, { env, onMessage }) => {
      assert.deepEqual(
        { type, definition, storeRoot, folder, workers, rollouts, env },
        {
          type: "start",
          definition: options.definition,
          storeRoot: store.root,
          folder: jobOf(jobsFolder),
          workers: 1,
          rollouts: ["10.0.0.1:5000"],
          env: { COLOUR: "red" },
        },
      );
      onMessage({ type: "say", line: "hello" });
      onMessage({ type: "progress", done: 4, total: 5, unit: "numbers", metrics: {} });
      return { type: "succeeded", artifacts: {}, facts: { where: "elsewhere" } };
    },
  });
  assert.deepEqual([record.state, record.facts, said], ["SUCCEEDED", { where: "elsewhere" }, ["hello"]]);
  assert.deepEqual(progresses, [undefined, 4, 4]);
});

test("a stage is told its workers and rollout services, and neither changes the job's key", async () => {
  const { options, said } = createJob({ sayExecution: true });
  const { key } = await runJob({ ...options, workers: 3, rollouts: ["10.0.0.1:5000"] });
  assert.equal(key, jobKey(options.definition));
  assert.deepEqual(
    said.map((line) => JSON.parse(line) as unknown),
    [{ workers: 3, rollouts: ["10.0.0.1:5000"] }],
  );
});

test("a process waits until that of an earlier attempt, whose parent was killed, has ended", async () => {
  const { options, jobsFolder } = createJob({});
  const key = jobKey(options.definition);
  const unlock = await lockFolder(join(jobFolder(jobsFolder, { stage: "counting", key }), ATTEMPT_FOLDER));
  const said: string[] = [];
  const record = await runJob({
    ...options,
    onSay: (line) => {
      said.push(line);
      void unlock();
    },
  });
  assert.equal(record.state, "SUCCEEDED");
  assert.deepEqual(said, ["waits for the process of an earlier attempt to end"]);
});

for (const [what, config] of [
  ["waits", { total: 5, waitAt: 2 }],
  ["computes without a pause", { total: 5, spinAt: 2 }],
] as const) {
  test(
    `a job that ${what} ends with its killed parent, and the next command goes on`,
    { timeout: 60_000 },
    async () => {
      const { options } = createJob(config);
      const parent = spawn(
        process.execPath,
        [
          ...process.execArgv,
          fileURLToPath(new URL("./lonely-parent.test-worker.ts", import.meta.url)),
          join(options.jobsFolder, ".."),
          JSON.stringify(config),
        ],
        { stdio: ["ignore", "pipe", "pipe"] },
      );
      // The job inherits this pipe: it closes when the last of the two has ended.
      const allEnded = once(parent.stderr, "close");
      parent.stderr.resume();
      await once(parent.stdout, "data");
      parent.kill("SIGKILL");
      await once(parent, "exit");
      await allEnded;
      const record = await runJob(options);
      assert.equal(record.attempts, 2);
      assert.equal(record.state, "SUCCEEDED");
    },
  );
}
