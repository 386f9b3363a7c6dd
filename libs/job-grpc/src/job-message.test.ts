import type { JobRecord } from "@worldmodels/jobs";
import { Job, JobState } from "@worldmodels/proto/job";
import assert from "node:assert/strict";
import { test } from "node:test";
import { fromJobMessage, toJobMessage } from "./job-message.js";

const RECORD: JobRecord = {
  format: "worldmodels-job",
  version: 1,
  key: "ab".repeat(32),
  stage: "train-vae",
  config: { "vae.learning_rate": 1e-4, "vae.steps": 5, "evolve.env": "dream?horizon=3", flag: true },
  seed: String(2n ** 64n - 1n),
  inputs: { episodes: { kind: "episodes", digest: "0".repeat(64) } },
  state: "FAILED",
  progress: {
    done: 3,
    total: 5,
    unit: "steps",
    ratePerSecond: 0.25,
    secondsLeft: 8,
    metrics: { loss: 0.1, generation: "7" },
  },
  artifacts: { vae: { kind: "vae", digest: "1".repeat(64) } },
  facts: { backend: "cpu", losses: [1, 2.5] },
  error: { code: "out-of-range", message: "too much" },
  attempts: 2,
  seconds: 1.5,
  startedAt: "2024-05-06T07:08:09.010Z",
  updatedAt: "2024-05-06T07:09:09.010Z",
};

const overTheWire = (record: JobRecord) => Job.decode(Job.encode(toJobMessage(record)).finish());

test("a record goes through a message and back; settings come back as text", () => {
  const config = {
    "vae.learning_rate": "0.0001",
    "vae.steps": "5",
    "evolve.env": "dream?horizon=3",
    flag: "true",
  };
  assert.deepEqual(fromJobMessage(overTheWire(RECORD)), { ...RECORD, config });
});

test("metrics that are words travel apart from those that are numbers", () => {
  const { progress } = overTheWire(RECORD);
  assert.deepEqual(progress?.metrics, { loss: 0.1 });
  assert.deepEqual(progress.labels, { generation: "7" });
});

for (const [state, expected] of [
  ["QUEUED", JobState.JOB_STATE_QUEUED],
  ["RUNNING", JobState.JOB_STATE_RUNNING],
  ["SUCCEEDED", JobState.JOB_STATE_SUCCEEDED],
  ["FAILED", JobState.JOB_STATE_FAILED],
  ["CANCELLED", JobState.JOB_STATE_CANCELLED],
] as const) {
  test(`state ${state} goes through a message and back`, () => {
    const message = overTheWire({ ...RECORD, state });
    assert.equal(message.state, expected);
    assert.equal(fromJobMessage(message).state, state);
  });
}

for (const [code, number] of [
  ["bug", 13],
  ["unavailable", 14],
  ["invalid-argument", 3],
] as const) {
  test(`an error of code ${code} is number ${number} in a message`, () => {
    const message = overTheWire({ ...RECORD, error: { code, message: "so" } });
    assert.deepEqual(message.error, { code: number, message: "so" });
    assert.deepEqual(fromJobMessage(message).error, { code, message: "so" });
  });
}

test("a job that has not said anything yet has neither progress nor rate nor error", () => {
  const fresh = { ...RECORD, progress: null, error: null, facts: {}, artifacts: {} };
  const message = overTheWire(fresh);
  assert.equal(message.progress, undefined);
  assert.equal(message.error, undefined);
  assert.equal(fromJobMessage(message).progress, null);
  const started = { ...RECORD.progress, ratePerSecond: undefined, secondsLeft: undefined };
  const { progress } = overTheWire({ ...RECORD, progress: started as JobRecord["progress"] });
  assert.equal(progress?.ratePerSecond, undefined);
});

test("a metric that was NaN and is null on disk is left out", () => {
  const metrics = { loss: null } as unknown as Record<string, number>;
  const { progress } = overTheWire({
    ...RECORD,
    progress: { ...RECORD.progress, metrics } as JobRecord["progress"],
  });
  assert.deepEqual(progress?.metrics, {});
});

test("a state that this version does not know is a failure", () => {
  // Field 6, state, as a later version may send it.
  assert.throws(() => fromJobMessage(Job.decode(Uint8Array.of(6 << 3, 99))), /has state 99/);
});
