import { trainingProcessEnv } from "@worldmodels/training/process-env";
import assert from "node:assert/strict";
import { test } from "node:test";
import { stageNames } from "./pipeline-stages.js";
import { stageProcessEnv } from "./stage-process-env.js";

test("the stages that train, and no others, have the environment of training", () => {
  const training = stageNames.filter((name) => stageProcessEnv(name) === trainingProcessEnv);
  assert.deepEqual(training, ["train-vae", "train-mdn-rnn"]);
  assert.deepEqual(stageProcessEnv("collect"), {});
});
