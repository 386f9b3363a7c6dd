import type { JobRecord, JobState } from "@worldmodels/jobs";
import { DomainError } from "@worldmodels/errors";
import assert from "node:assert/strict";
import { test } from "node:test";
import { JobQuota } from "./job-quota.js";

/** Jobs whose state a test sets. */
function setUp() {
  const states = new Map<string, JobState>();
  const record = (key: string) => ({ key, state: states.get(key) }) as JobRecord;
  const quota = new JobQuota({
    get: async (key) => {
      if (!states.has(key)) throw new DomainError("not-found", key);
      return record(key);
    },
  });
  const start = (identity: string | undefined, key: string, jobsAtOnce?: number) =>
    quota.start({ identity, limits: jobsAtOnce === undefined ? {} : { jobsAtOnce } }, key, async () => {
      if (!states.has(key)) states.set(key, "QUEUED");
      return record(key);
    });
  return { states, start };
}

const ALICE_IS_FULL = {
  code: "resource-exhausted",
  message: "alice may have 2 jobs at once, and has them (a, b); try again when one has ended, or cancel one",
};

test("one job too many is refused, and another identity's jobs do not count", async () => {
  const { start, states } = setUp();
  await start("alice", "a", 2);
  await start("alice", "b", 2);
  await assert.rejects(start("alice", "c", 2), ALICE_IS_FULL);
  assert.equal(states.has("c"), false);
  assert.equal((await start("bob", "c", 2)).state, "QUEUED");
});

test("there is room again when a job has ended or is gone", async () => {
  const { start, states } = setUp();
  await start("alice", "a", 2);
  await start("alice", "b", 2);
  states.set("a", "SUCCEEDED");
  await start("alice", "c", 2);
  await assert.rejects(start("alice", "d", 2), /\(b, c\)/);
  states.delete("b");
  await start("alice", "d", 2);
});

test("asking again for a job that one has is always possible", async () => {
  const { start } = setUp();
  await start("alice", "a", 2);
  await start("alice", "b", 2);
  assert.equal((await start("alice", "a", 2)).key, "a");
});

test("a job that was done before takes no place", async () => {
  const { start, states } = setUp();
  states.set("old", "SUCCEEDED");
  await start("alice", "old", 1);
  await start("alice", "a", 1);
});

test("of two starts at once that both want the last place, one has it", async () => {
  const { start } = setUp();
  await start("alice", "a", 2);
  const [first, second] = await Promise.allSettled([start("alice", "b", 2), start("alice", "c", 2)]);
  assert.deepEqual([first.status, second.status], ["fulfilled", "rejected"]);
  await assert.rejects(start("alice", "d", 2), ALICE_IS_FULL);
});

test("a start that fails takes no place", async () => {
  const quota = new JobQuota({ get: () => Promise.reject(new DomainError("not-found", "gone")) });
  const caller = { identity: "alice", limits: { jobsAtOnce: 1 } };
  const fail = () => Promise.reject(new DomainError("resource-exhausted", "the disk is full"));
  await assert.rejects(quota.start(caller, "a", fail), /the disk is full/);
  await assert.rejects(quota.start(caller, "b", fail), /the disk is full/);
});

test("callers without an identity, or without a limit, are let through", async () => {
  const { start } = setUp();
  for (const key of ["a", "b", "c"]) await start(undefined, key, 1);
  for (const key of ["d", "e", "f"]) await start("alice", key);
});
