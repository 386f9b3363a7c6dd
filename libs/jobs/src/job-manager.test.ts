import { createArtifactStore } from "@worldmodels/artifacts";
import { DomainError } from "@worldmodels/errors";
import assert from "node:assert/strict";
import { EventEmitter, on } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { AttemptEnd, AttemptHooks, JobAttempt } from "./job-attempt.js";
import type { JobEvent } from "./job-feed.js";
import { createJobManager } from "./job-manager.js";
import type { JobManagerOptions } from "./job-manager.js";
import { jobFolder } from "./job-files.js";
import { jobKey } from "./job-record.js";
import type { JobRecord } from "./job-record.js";

const root = mkdtempSync(join(tmpdir(), "manager-"));
after(() => {
  rmSync(root, { recursive: true });
});

/** A job that the test plays by hand; stopping it ends it. */
interface PlayedJob extends AttemptHooks {
  readonly seed: bigint;
  say(line: string): void;
  progress(done: number): void;
  end(end: AttemptEnd): void;
}

const DONE: AttemptEnd = { type: "succeeded", artifacts: {}, facts: { hand: "made" } };
const REFUSED: AttemptEnd = { type: "failed", code: "out-of-range", message: "that number is refused" };

function createPlayedJobs() {
  const emitter = new EventEmitter();
  const begun = on(emitter, "begun");
  const attempt: JobAttempt = ({ definition: { seed } }, hooks) =>
    new Promise((end) => {
      const stop = () => {
        end({ type: "failed", code: "cancelled", message: "stopped" });
      };
      hooks.signal?.addEventListener("abort", stop);
      if (hooks.signal?.aborted === true) stop();
      const say = (line: string) => {
        hooks.onMessage({ type: "say", line });
      };
      const progress = (done: number) => {
        hooks.onMessage({ type: "progress", done, total: 1e6, unit: "steps", metrics: {} });
      };
      emitter.emit("begun", { ...hooks, seed, say, progress, end } satisfies PlayedJob);
    });
  const next = async () => {
    const { value } = (await begun.next()) as { value: [PlayedJob] };
    return value[0];
  };
  return { attempt, next };
}

const definition = (seed: number) => ({
  stage: { name: "played", version: 3 },
  module: "file:///no-module-is-loaded",
  inputs: {},
  config: { size: 1 },
  seed: BigInt(seed),
});

function createFixture(options: Partial<JobManagerOptions> = {}) {
  const folder = mkdtempSync(join(root, "service-"));
  const { attempt, next } = createPlayedJobs();
  const jobsFolder = join(folder, "jobs");
  const settings = {
    jobsFolder,
    store: createArtifactStore(join(folder, "artifacts")),
    workers: 1,
    attempt,
    moduleOf: () => "file:///no-module-is-loaded",
    ...options,
  };
  const open = () => createJobManager(settings);
  return { manager: open(), open, next, jobsFolder };
}

/** What a watcher sees, in short: `sequence line`, `sequence STATE` or, for progress, `sequence STATE done`. */
function show({ sequence, line, record: { state, progress } }: JobEvent): string {
  return `${sequence} ${line ?? [state, progress?.done].join(" ").trimEnd()}`;
}

async function watchAll(events: AsyncIterable<JobEvent>): Promise<string[]> {
  const shown: string[] = [];
  for await (const event of events) shown.push(show(event));
  return shown;
}

/** Waits for the first event that fits. */
async function until(events: AsyncIterable<JobEvent>, fits: (event: JobEvent) => boolean): Promise<JobEvent> {
  for await (const event of events) if (fits(event)) return event;
  throw new Error("the job ended before");
}

const hasState = (state: JobRecord["state"]) => (event: JobEvent) => event.record.state === state;

test("a job is on record at once, and runs to its end", async () => {
  const { manager, next } = createFixture();
  const { key, state, stageVersion } = await manager.start(definition(1));
  assert.deepEqual([key, state, stageVersion], [jobKey(definition(1)), "QUEUED", 3]);
  const job = await next();
  assert.equal((await until(manager.watch(key), hasState("RUNNING"))).record.attempts, 1);
  job.end(DONE);
  const { record } = await until(manager.watch(key), hasState("SUCCEEDED"));
  assert.deepEqual(record.facts, { hand: "made" });
  assert.deepEqual(await manager.get(key), record);
  await manager.close();
});

test("the same job asked for twice at once, and again while it runs and when it is done, runs once", async () => {
  const { manager, next } = createFixture();
  const [first, second] = await Promise.all([manager.start(definition(1)), manager.start(definition(1))]);
  assert.equal(first.key, second.key);
  const job = await next();
  await until(manager.watch(first.key), hasState("RUNNING"));
  assert.equal((await manager.start(definition(1))).state, "RUNNING");
  job.end(DONE);
  await watchAll(manager.watch(first.key));
  const done = await manager.start(definition(1));
  assert.deepEqual([done.state, done.attempts], ["SUCCEEDED", 1]);
  await manager.close();
});

test("further jobs wait in order of arrival, and are listed the newest first", async () => {
  const { manager, next } = createFixture({ maxRunning: 2 });
  for (const seed of [1, 2, 3, 4]) await manager.start(definition(seed));
  const [a, b] = [await next(), await next()];
  assert.deepEqual([a.seed, b.seed], [1n, 2n]);
  await Promise.all(
    [1, 2].map((seed) => until(manager.watch(jobKey(definition(seed))), hasState("RUNNING"))),
  );
  const states = (await manager.list()).map(({ seed, state }) => `${seed} ${state}`);
  assert.deepEqual(states.sort(), ["1 RUNNING", "2 RUNNING", "3 QUEUED", "4 QUEUED"]);
  b.end(DONE);
  assert.equal((await next()).seed, 3n);
  a.end(DONE);
  assert.equal((await next()).seed, 4n);
  const starts = (await manager.list()).map(({ startedAt }) => startedAt);
  assert.deepEqual(starts, [...starts].sort().reverse());
  await manager.close();
});

test("a late watcher misses nothing, and one that comes back gets what it has not seen", async () => {
  const { manager, next } = createFixture();
  const { key } = await manager.start(definition(1));
  const job = await next();
  job.say("one");
  job.progress(5);
  job.say("two");
  const early = watchAll(manager.watch(key));
  await until(manager.watch(key), ({ line }) => line === "two");
  assert.equal(show(await until(manager.watch(key, { after: 4 }), () => true)), "4 RUNNING 5");
  job.end(DONE);
  const all = ["1 SUCCEEDED 5", "2 SUCCEEDED 5", "3 one", "4 two", "5 SUCCEEDED 5"];
  const durable = (events: string[]) => events.map((event) => event.split(" ")[0]);
  assert.deepEqual([...new Set(durable(await early))], ["1", "2", "3", "4", "5"]);
  assert.deepEqual(await watchAll(manager.watch(key)), all);
  assert.deepEqual(await watchAll(manager.watch(key, { after: 3 })), all.slice(3));
  assert.deepEqual(await watchAll(manager.watch(key, { after: 5 })), ["5 SUCCEEDED 5"]);
  assert.deepEqual(await watchAll(manager.watch(key, { after: 99 })), ["5 SUCCEEDED 5"]);
  await manager.close();
});

test("a watcher that sleeps through 200,000 steps is told of the last one, and of every line", async () => {
  const { manager, next } = createFixture();
  const { key } = await manager.start(definition(1));
  const job = await next();
  const watcher = manager.watch(key)[Symbol.asyncIterator]();
  await watcher.next();
  for (let step = 1; step <= 100_000; step++) job.progress(step);
  job.say("half way");
  for (let step = 100_001; step <= 200_000; step++) job.progress(step);
  job.end(DONE);
  await watchAll(manager.watch(key));
  const rest = await watchAll({ [Symbol.asyncIterator]: () => watcher });
  assert.deepEqual(rest, ["2 SUCCEEDED 200000", "3 half way", "4 SUCCEEDED 200000"]);
  await manager.close();
});

test("a running job is cancelled when it has stopped, a waiting one at once, and an ended one stays as it is", async () => {
  const { manager, next } = createFixture();
  const [a, b] = [await manager.start(definition(1)), await manager.start(definition(2))];
  const job = await next();
  assert.equal((await manager.cancel(b.key)).state, "CANCELLED");
  const { state, error } = await manager.cancel(a.key.slice(0, 8));
  assert.deepEqual([state, error, job.signal?.aborted], ["CANCELLED", null, true]);
  assert.deepEqual(await manager.cancel(a.key), await manager.get(a.key));
  assert.deepEqual(await watchAll(manager.watch(b.key)), ["1 CANCELLED", "2 CANCELLED"]);
  await manager.start(definition(1));
  (await next()).end(DONE);
  const last = (await watchAll(manager.watch(a.key))).at(-1);
  assert.equal(last, "6 SUCCEEDED");
  await manager.close();
});

test("a job that fails says why in its record, and may be begun again", async () => {
  const { manager, next } = createFixture();
  const { key } = await manager.start(definition(1));
  (await next()).end(REFUSED);
  const { record } = await until(manager.watch(key), hasState("FAILED"));
  assert.deepEqual(record.error, { code: "out-of-range", message: "played: that number is refused" });
  const again = await manager.start(definition(1));
  assert.deepEqual([again.state, again.error, again.startedAt], ["QUEUED", null, record.startedAt]);
  (await next()).end(DONE);
  assert.equal((await until(manager.watch(key), hasState("SUCCEEDED"))).record.attempts, 2);
  await manager.close();
});

test("close leaves jobs on disk as they are, ends watchers, and refuses what comes later", async () => {
  const { manager, open, next } = createFixture();
  const keys = [await manager.start(definition(1)), await manager.start(definition(2))].map(({ key }) => key);
  const job = await next();
  job.progress(7);
  await until(manager.watch(keys[0]!), ({ record }) => record.progress?.done === 7);
  const stopping = { code: "unavailable", message: /^the service is stopping; / };
  const watching = assert.rejects(watchAll(manager.watch(keys[1]!)), stopping);
  await until(manager.watch(keys[1]!), () => true);
  await Promise.all([manager.close(), manager.close()]);
  await watching;
  for (const call of [
    manager.start(definition(3)),
    manager.list(),
    manager.get(keys[0]!),
    manager.cancel(keys[0]!),
    watchAll(manager.watch(keys[0]!)),
    manager.resume(),
  ]) {
    await assert.rejects(call, stopping);
  }
  const later = open();
  const states = (await later.list()).map(({ seed, state, progress }) => [seed, state, progress?.done]);
  assert.deepEqual(states.sort(), [
    ["1", "RUNNING", 7],
    ["2", "QUEUED", undefined],
  ]);
  const seenBefore = until(later.watch(keys[0]!), ({ line }) => line === "again");
  assert.deepEqual(
    (await later.resume()).map(({ seed }) => seed),
    ["1", "2"],
  );
  const resumed = await next();
  resumed.say("again");
  assert.equal((await seenBefore).record.attempts, 2);
  await later.close();
});

test("a job on disk can be cancelled before it is resumed", async () => {
  const { manager, open, next } = createFixture();
  const { key } = await manager.start(definition(1));
  await next();
  await manager.close();
  const later = open();
  assert.equal((await later.cancel(key)).state, "CANCELLED");
  assert.deepEqual(await later.resume(), []);
  assert.equal((await watchAll(later.watch(key))).at(-1), "3 CANCELLED");
  await later.close();
});

test("a job that this program cannot go on with is FAILED and says why", async () => {
  const moduleOf = () => {
    throw new DomainError("failed-precondition", "this program has no stage played 3");
  };
  const { manager, open, next } = createFixture({ moduleOf });
  const { key } = await manager.start(definition(1));
  await next();
  await manager.close();
  const later = open();
  const [record] = await later.resume();
  assert.deepEqual(
    [record?.state, record?.error],
    ["FAILED", { code: "failed-precondition", message: "this program has no stage played 3" }],
  );
  assert.equal((await later.get(key)).state, "FAILED");
  await later.close();
});

for (const [what, damage] of [
  ["is a folder", (path: string) => mkdirSync(path)],
  ["is cut", (path: string) => writeFileSync(path, '{"format":"worldmodels-job","ver')],
  [
    "lacks most",
    (path: string) => writeFileSync(path, '{"format":"worldmodels-job","version":1,"state":"RUNNING"}'),
  ],
] as const) {
  test(`a job whose job.json ${what} neither hides the others nor stops them`, async () => {
    const { manager, open, next, jobsFolder } = createFixture();
    const { key } = await manager.start(definition(1));
    await next();
    await manager.close();
    const folder = jobFolder(jobsFolder, { stage: "played", key: jobKey(definition(2)) });
    mkdirSync(folder);
    damage(join(folder, "job.json"));
    const later = open();
    assert.deepEqual(
      (await later.list()).map((record) => record.key),
      [key],
    );
    assert.equal((await later.resume()).length, 1);
    (await next()).end(DONE);
    assert.equal((await watchAll(later.watch(key))).at(-1), "5 SUCCEEDED");
    await later.close();
  });
}

test("a record without its stage's version, of an earlier program, is not resumed", async () => {
  const { manager, open, jobsFolder } = createFixture();
  const { key, stage } = await manager.start(definition(1));
  await manager.close();
  const path = join(jobFolder(jobsFolder, { stage, key }), "job.json");
  const { stageVersion: _, ...old } = JSON.parse(readFileSync(path, "utf8")) as JobRecord;
  writeFileSync(path, JSON.stringify(old));
  const later = open();
  assert.deepEqual([await later.list(), await later.resume()], [[], []]);
  await later.close();
});

test("a job whose end cannot be written shows it all the same, and may be begun again", async () => {
  const { manager, next, jobsFolder } = createFixture();
  const { key, stage } = await manager.start(definition(1));
  const job = await next();
  const path = join(jobFolder(jobsFolder, { stage, key }), "job.json");
  rmSync(path);
  mkdirSync(path);
  job.end(DONE);
  const { record } = await until(manager.watch(key), hasState("FAILED"));
  assert.equal(record.error?.code, "failed-precondition");
  assert.deepEqual(await manager.list(), [record]);
  await assert.rejects(manager.start(definition(1)), { code: "failed-precondition" });
  rmSync(path, { recursive: true });
  await manager.start(definition(1));
  (await next()).end(DONE);
  const events = await watchAll(manager.watch(key));
  assert.equal(events.at(-1)?.split(" ")[1], "SUCCEEDED");
  await manager.close();
});

test("a job whose events cannot be written is told all the same", async () => {
  const lines: string[] = [];
  const { manager, next, jobsFolder } = createFixture({ onLine: (line) => lines.push(line) });
  const folder = jobFolder(jobsFolder, { stage: "played", key: jobKey(definition(1)) });
  mkdirSync(join(folder, "events.jsonl"), { recursive: true });
  const { key } = await manager.start(definition(1));
  const watching = watchAll(manager.watch(key));
  (await next()).end(DONE);
  assert.equal((await watching).at(-1), "3 SUCCEEDED");
  assert.match(
    lines[0] ?? "",
    /^played [0-9a-f]{12} cannot write its events, and keeps them in memory: EISDIR/,
  );
  await manager.close();
});

test("a folder of jobs has one manager", async () => {
  const { manager, open } = createFixture();
  await manager.start(definition(1));
  const other = open();
  await assert.rejects(other.start(definition(2)), {
    code: "failed-precondition",
    message: /is in use by this process/,
  });
  assert.equal((await other.list()).length, 1);
  await manager.close();
  assert.equal((await other.resume()).length, 1);
  await other.close();
});

test("what is no key, an unknown key and a wrong number are refused with a sentence", async () => {
  const { manager, jobsFolder } = createFixture();
  await assert.rejects(manager.get("0123abc"), {
    code: "invalid-argument",
    message: '"0123abc" is no key of a job: give its 64 hex digits, or the first 8 of them or more',
  });
  const absent = {
    code: "not-found",
    message: `there is no job 0123abcd in ${jobsFolder}; list the jobs to see which there are, or start it`,
  };
  await assert.rejects(manager.get("0123abcd"), absent);
  await assert.rejects(manager.cancel("0123abcd"), absent);
  await assert.rejects(watchAll(manager.watch("0123abcd")), absent);
  await assert.rejects(watchAll(manager.watch("0123abcd", { after: -1 })), {
    code: "invalid-argument",
    message: "after = -1 is no number of an event: give 0 or more",
  });
  await manager.close();
});

test("a watcher that is not wanted any more ends with its signal's reason", async () => {
  const { manager, next } = createFixture();
  const { key } = await manager.start(definition(1));
  await next();
  const controller = new AbortController();
  const watching = watchAll(manager.watch(key, { signal: controller.signal }));
  await until(manager.watch(key), hasState("RUNNING"));
  controller.abort(new DomainError("cancelled", "the caller has left"));
  await assert.rejects(watching, { message: "the caller has left" });
  await manager.close();
});

test("what happens to the jobs is told in lines", async () => {
  const lines: string[] = [];
  const { manager, next } = createFixture({ onLine: (line) => lines.push(line) });
  const { key } = await manager.start(definition(1));
  const job = await next();
  job.say("hello");
  job.end(REFUSED);
  await watchAll(manager.watch(key));
  const name = `played ${key.slice(0, 12)}`;
  assert.deepEqual(lines, [
    `${name} is QUEUED`,
    `${name} is RUNNING`,
    `${name} hello`,
    `${name} is FAILED: played: that number is refused`,
  ]);
  await manager.close();
});
