import { controllerShape } from "@worldmodels/agent";
import { createArtifactStore } from "@worldmodels/artifacts";
import { checkHealth, createClient } from "@worldmodels/grpc-kit";
import { JobServiceService, JobState } from "@worldmodels/proto/job";
import type { Job } from "@worldmodels/proto/job";
import { ControllerFeatures, Ending, RolloutServiceService } from "@worldmodels/proto/rollout";
import type { CollectRequest, EvaluateRequest, ScoreControllerRequest } from "@worldmodels/proto/rollout";
import { createRolloutPool } from "@worldmodels/rollout-pool";
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { serviceStarter } from "@worldmodels/grpc-kit/testing";
import { ABSENT, saveTinyModels, TINY } from "./tiny-models.test-helper.js";

const startServiceProcess = serviceStarter(new URL("./main.ts", import.meta.url));

const root = mkdtempSync(join(tmpdir(), "rollout-"));
const store = createArtifactStore(join(root, "artifacts"));
const models = await saveTinyModels(store);
const service = await startServiceProcess(root);
after(async () => {
  await service.stop("SIGKILL");
  rmSync(root, { recursive: true });
});
const rollout = createClient(RolloutServiceService, service.connection);
const jobs = createClient(JobServiceService, service.connection);
const IN_TIME = { deadlineMs: 20_000 };

async function follow(job: Job | undefined): Promise<Job> {
  let last = job;
  for await (const event of jobs.watchJob({ id: job?.id ?? "", after: 0n })) last = event.job;
  assert.ok(last);
  assert.equal(last.state, JobState.JOB_STATE_SUCCEEDED, last.error?.message);
  return last;
}

test("health answers for both services", async () => {
  for (const name of ["", "worldmodels.rollout.v1.RolloutService", "worldmodels.job.v1.JobService"]) {
    assert.equal(await checkHealth(service.connection, { service: name, ...IN_TIME }), "SERVING", name);
  }
});

test("the service itself loads no ONNX Runtime and no TensorFlow", () => {
  const maps = readFileSync(`/proc/${service.child.pid}/maps`, "utf8");
  assert.doesNotMatch(maps, /onnxruntime|tensorflow/);
});

const env = "CarRacing-v3?max_episode_steps=15";
const parameters = Float64Array.from({ length: TINY.parameters }, (_, i) => Math.sin(i));
const evaluation: EvaluateRequest = {
  env,
  driver: {
    $case: "agent",
    value: {
      vae: models.vae,
      mdnRnn: models.mdnRnn,
      controller: {
        features: ControllerFeatures.CONTROLLER_FEATURES_ZH,
        hidden: 0,
        withoutBias: false,
      },
    },
  },
  controllers: [new Uint8Array(parameters.buffer)],
  tasks: [21n, 22n, 23n].map((seed, index) => ({ index, seed, controller: 0, policySeed: 0n })),
  slots: 2,
  earlyStops: [],
};

test("Evaluate gives each task's episode as a pool of this process plays it", async () => {
  const responses = [];
  for await (const response of rollout.evaluate(evaluation)) responses.push(response);
  responses.sort((a, b) => a.index - b.index);
  const controller = controllerShape({
    features: "zh",
    ...{ latentDim: TINY.latentDim, hiddenDim: TINY.hidden, actionSize: TINY.actionSize },
  });
  const { vae, mdnRnn } = models;
  const driver = { type: "agent", store: store.root, vae, mdnRnn, controller } as const;
  const pool = createRolloutPool({ env, slots: 2, driver }, { workers: 1 });
  const tasks = [21n, 22n, 23n].map((seed, index) => ({ index, seed, controller: parameters }));
  const local = await pool.run(tasks);
  pool.close();
  assert.deepEqual(
    responses,
    local.map(({ return: sum, penalisedReturn, length }, index) => ({
      ...{ index, return: sum, penalisedReturn, length },
      ending: Ending.ENDING_TRUNCATED,
    })),
  );
});

test("Evaluate refuses a model that is not in the store, and a controller of another size", async () => {
  const all = async (request: EvaluateRequest) => {
    for await (const _ of rollout.evaluate(request));
  };
  const [first] = evaluation.controllers;
  await assert.rejects(all({ ...evaluation, controllers: [first!.subarray(8)] }), {
    code: "invalid-argument",
    message: /controllers\[0\] has 256 bytes/,
  });
  const { driver } = evaluation;
  assert.ok(driver?.$case === "agent");
  const value = { ...driver.value, vae: { kind: "vae", digest: ABSENT } };
  await assert.rejects(all({ ...evaluation, driver: { $case: "agent", value } }), { code: "not-found" });
});

const collection: CollectRequest = {
  settings: { "collect.episodes": "2", "collect.max_steps": "12", "rollout.slots": "2" },
  seed: 6n,
};

test("Collect is a job that records episodes, once", { timeout: 120_000 }, async () => {
  const { job } = await rollout.collect(collection, IN_TIME);
  const { outputs, id } = await follow(job);
  assert.equal(outputs["episodes"]?.kind, "episodes");
  await store.verify(outputs["episodes"]);
  const again = await rollout.collect(collection, IN_TIME);
  assert.deepEqual([again.job?.id, again.job?.attempts], [id, 1]);
});

const judgement: ScoreControllerRequest = {
  ...models,
  settings: { "evaluate.episodes": "2", "evaluate.env": env, "rollout.slots": "2" },
  seed: 6n,
};

test("ScoreController is a job that makes scores", { timeout: 120_000 }, async () => {
  const { job } = await rollout.scoreController(judgement, IN_TIME);
  const { outputs } = await follow(job);
  assert.equal(outputs["scores"]?.kind, "scores");
});

const bad: readonly (readonly [string, () => Promise<unknown>, string, RegExp])[] = [
  [
    "Collect refuses an unknown setting",
    () => rollout.collect({ ...collection, settings: { "collect.episode": "1" } }, IN_TIME),
    "invalid-argument",
    /collect\.episode/,
  ],
  [
    "Collect refuses a setting out of range",
    () => rollout.collect({ ...collection, settings: { "collect.episodes": "0" } }, IN_TIME),
    "invalid-argument",
    /collect\.episodes/,
  ],
  [
    "Collect refuses an unknown environment",
    () => rollout.collect({ ...collection, settings: { "collect.env": "Nowhere-v1" } }, IN_TIME),
    "invalid-argument",
    /Nowhere-v1/,
  ],
  [
    "ScoreController refuses a C that is missing",
    () => rollout.scoreController({ ...judgement, controller: undefined }, IN_TIME),
    "invalid-argument",
    /controller is missing/,
  ],
  [
    "ScoreController refuses a C that is not in the store",
    () => {
      const controller = { kind: "controller", digest: ABSENT };
      return rollout.scoreController({ ...judgement, controller }, IN_TIME);
    },
    "not-found",
    /controller-000000000000/,
  ],
];
for (const [name, call, code, message] of bad) {
  test(name, async () => {
    await assert.rejects(call(), { code, message });
  });
}

test("SIGTERM ends running evaluations with UNAVAILABLE and the process with 0", async (t) => {
  const folder = mkdtempSync(join(root, "own-"));
  const own = await startServiceProcess(folder, { store: store.root });
  t.after(() => own.stop("SIGKILL"));
  const client = createClient(RolloutServiceService, own.connection);
  const tasks = Array.from({ length: 50_000 }, (_, index) => ({
    ...{ index, seed: BigInt(index), controller: 0, policySeed: 0n },
  }));
  const stream = client.evaluate({
    ...evaluation,
    ...{ driver: { $case: "policy", value: { kind: "uniform" } }, controllers: [], tasks },
  });
  const responses = stream[Symbol.asyncIterator]();
  await responses.next();
  const rest = assert.rejects(
    async () => {
      while ((await responses.next()).done !== true);
    },
    { code: "unavailable" },
  );
  const exit = once(own.child, "exit");
  own.child.kill("SIGTERM");
  await rest;
  assert.deepEqual(await exit, [0, null]);
  assert.equal(own.stderr(), "");
});
