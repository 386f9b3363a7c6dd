import type { MethodDefinition } from "@worldmodels/grpc-kit";
import { jobKey } from "@worldmodels/jobs";
import { stageDefinition, stageNames } from "@worldmodels/pipeline/stages";
import { EncoderServiceService } from "@worldmodels/proto/encoder";
import { EvolverServiceService } from "@worldmodels/proto/evolver";
import { PredictorServiceService } from "@worldmodels/proto/predictor";
import { RolloutServiceService } from "@worldmodels/proto/rollout";
import assert from "node:assert/strict";
import { test } from "node:test";
import { stageCalls } from "./stage-calls.js";
import type { StageCall } from "./stage-calls.js";

const ref = (kind: string, digit: string) => ({ [kind]: { kind, digest: digit.repeat(64) } });
const models = { ...ref("vae", "2"), ...ref("mdn-rnn", "4"), ...ref("dream-starts", "5") };

/** Each stage with settings of every type, some of them far from round. */
const requests = {
  collect: {
    method: RolloutServiceService.collect,
    inputs: {},
    settings: { "collect.policy": "cauchy", "collect.episodes": 12 },
  },
  "train-vae": {
    method: EncoderServiceService.trainEncoder,
    inputs: ref("episodes", "1"),
    settings: { "vae.learning_rate": 0.1 + 0.2, "vae.kl_tolerance": 1e-7, "vae.steps": 2 ** 53 - 1 },
  },
  encode: {
    method: EncoderServiceService.encodeEpisodes,
    inputs: { ...ref("episodes", "1"), ...ref("vae", "2") },
    settings: {},
  },
  "train-mdn-rnn": {
    method: PredictorServiceService.trainPredictor,
    inputs: ref("latents", "3"),
    settings: { "mdn_rnn.clip": 1 / 3, "mdn_rnn.reward_head": true },
  },
  evolve: {
    method: EvolverServiceService.evolve,
    inputs: models,
    settings: {
      "evolve.env": "CarRacing-v3?max_episode_steps=500",
      "evolve.refine_sigma": 0.1,
      "rollout.slots": 3,
    },
  },
  evaluate: {
    method: RolloutServiceService.scoreController,
    inputs: { ...models, ...ref("controller", "6") },
    settings: { "evaluate.episodes": 7 },
  },
};

test("every stage of a run has its call", () => {
  assert.deepEqual(Object.keys(stageCalls).sort(), [...stageNames].sort());
});

for (const [name, { method, inputs, settings }] of Object.entries(requests)) {
  test(`${name}: a definition that went through a request's bytes has the key that it had`, () => {
    const definition = stageDefinition(name, { inputs, settings, seed: 2n ** 64n - 3n });
    const call = stageCalls[name as keyof typeof stageCalls] as StageCall;
    const { requestSerialize, requestDeserialize } = method as unknown as MethodDefinition<unknown>;
    const request = requestDeserialize(requestSerialize(call.toRequest(definition)));
    const there = stageDefinition(name, call.fromRequest(request));
    assert.equal(jobKey(there), jobKey(definition));
  });
}

test("an artifact that a request leaves out is missing in what the stage is asked for", () => {
  const request = { episodes: undefined, vae: undefined, seed: 5n };
  assert.deepEqual(stageCalls.encode.fromRequest(request), { inputs: {}, settings: {}, seed: 5n });
});
