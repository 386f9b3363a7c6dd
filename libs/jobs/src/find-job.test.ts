import assert from "node:assert/strict";
import { test } from "node:test";
import { findJob } from "./find-job.js";
import { createJobRecord } from "./job-record.js";

const record = (key: string) => ({
  ...createJobRecord(
    { stage: { name: "train", version: 1 }, module: "file:///m", inputs: {}, config: {}, seed: 1n },
    "QUEUED",
    undefined,
  ),
  key: key.padEnd(64, "0"),
});

test("a job is found by its key and by the beginning of it", () => {
  const records = [record("0123456789"), record("abcdef0123")];
  assert.equal(findJob(records, "abcdef01", "jobs"), records[1]);
  assert.equal(findJob(records, records[0]!.key, "jobs"), records[0]);
});

test("digits that fit several jobs are refused, with their names", () => {
  const records = [record("abcdef0123"), record("abcdef0145")];
  assert.throws(() => findJob(records, "abcdef01", "jobs"), {
    code: "invalid-argument",
    message: /^"abcdef01" fits 2 jobs in jobs \(train abcdef0123.*, train abcdef0145.*\); give more digits$/,
  });
});
