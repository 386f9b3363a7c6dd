import assert from "node:assert/strict";
import { test } from "node:test";
import { createCountingEngine } from "@worldmodels/env";
import type { EnvSpec } from "@worldmodels/env";
import { EnvSpec as SpecMessage } from "@worldmodels/proto/env";
import { readSpec, specToMessage } from "./spec-message.js";

const overWire = (spec: EnvSpec): EnvSpec =>
  readSpec(SpecMessage.decode(SpecMessage.encode(specToMessage(spec)).finish()));

const box = createCountingEngine({ numEnvs: 1 }).spec;
const specs: Record<string, EnvSpec> = {
  "numbers within bounds, no step limit, no greatest reward": box,
  "a discrete action and a step limit": createCountingEngine({
    numEnvs: 1,
    discreteActions: 5,
    maxEpisodeSteps: 1000,
  }).spec,
  "nothing bounded, nothing to see, settings of each type": {
    ...box,
    kind: "DREAM",
    versions: { "mdn-rnn": "sha256:12", vae: "sha256:34" },
    action: { type: "BOX", size: 1, low: [-Infinity], high: [Infinity], names: ["push"] },
    observations: {},
    defaultObservations: [],
    rewardRange: [-Infinity, Infinity],
    renderSize: [0, 0],
    determinism: "TOLERANCE",
    snapshots: "REPLAY",
    settings: { continuous: false, temperature: 1.15, start_latent: "", max_episode_steps: 0 },
  },
  "a number of each meaning": {
    ...box,
    observations: {
      s: { dtype: "float64", shape: [], low: -0.5, high: 2 ** 60, meaning: "SCALAR" },
      f: { dtype: "float32", shape: [2], low: -Infinity, high: 0, meaning: "FEATURES", names: ["a", "b"] },
      ...box.observations,
    },
    determinism: "STATISTICAL",
    snapshots: "NONE",
  },
};
for (const [what, spec] of Object.entries(specs)) {
  test(`a spec comes through the wire as it was: ${what}`, () => {
    assert.deepEqual(overWire(spec), spec);
    assert.deepEqual(Object.keys(overWire(spec).observations), Object.keys(spec.observations));
  });
}

const message = specToMessage(box);
const wrong: [string, SpecMessage, RegExp][] = [
  [
    "a kind of tomorrow",
    { ...message, kind: 7 as never },
    /the kind in its spec is 7, which is unknown here/,
  ],
  ["no action", { ...message, action: undefined }, /no action/],
  [
    "a default that is not there",
    { ...message, defaultObservations: ["x"] },
    /its spec is wrong: default obs/,
  ],
  [
    "a setting without a value",
    { ...message, settings: { a: { value: undefined } } },
    /a setting of its spec/,
  ],
];
for (const [what, bad, sentence] of wrong) {
  test(`a spec with ${what} is refused with a sentence`, () => {
    assert.throws(() => readSpec(bad), sentence);
  });
}
