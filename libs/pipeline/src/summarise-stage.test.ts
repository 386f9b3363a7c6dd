import type { JobRecord } from "@worldmodels/jobs";
import assert from "node:assert/strict";
import { test } from "node:test";
import { summariseStage } from "./summarise-stage.js";

const record: JobRecord = {
  format: "worldmodels-job",
  version: 1,
  key: "k",
  stage: "train-mdn-rnn",
  config: {},
  seed: "1",
  inputs: {},
  state: "SUCCEEDED",
  progress: { done: 1200, total: 1200, unit: "steps", ratePerSecond: 5, secondsLeft: 0, metrics: {} },
  artifacts: {},
  facts: { backend: "native", heldOutNll: 1.01234, auc: 0.98765 },
  error: null,
  attempts: 1,
  seconds: 240,
  startedAt: "",
  updatedAt: "",
};

test("a trained M is summed up with its held-out NLL and how well it sees ends come", () => {
  assert.equal(
    summariseStage(record, false),
    "1,200 steps, 240.0 s, 5 steps/s, held-out NLL 1.012, AUC of the end 0.988",
  );
  assert.equal(
    summariseStage({ ...record, facts: { heldOutNll: 1.5 } }, true),
    "1,200 steps, done before, held-out NLL 1.500",
  );
});

test("a stage that knows no such figures is summed up without", () => {
  assert.equal(summariseStage({ ...record, facts: {}, progress: null }, false), "240.0 s");
  assert.equal(
    summariseStage({ ...record, facts: { mean: 812.4 } }, false),
    "1,200 steps, 240.0 s, 5 steps/s, mean 812",
  );
});
