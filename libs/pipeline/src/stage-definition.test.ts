import type { ArtifactRef } from "@worldmodels/artifacts";
import type { Stage } from "@worldmodels/jobs";
import assert from "node:assert/strict";
import { test } from "node:test";
import { pipelineStages, settingsOf, stageNames } from "./pipeline-stages.js";
import { readRunSettings } from "./read-run-settings.js";
import { stageDefinition, stageModule } from "./stage-definition.js";
import type { StageRequest } from "./stage-definition.js";

const refOf = (role: string): ArtifactRef => ({
  kind: role,
  digest: role.length.toString(16).repeat(64).slice(0, 64),
});
const inputsOf = (name: string) =>
  Object.fromEntries(
    pipelineStages
      .find((stage) => stage.name === name)!
      .inputs.map((role): [string, ArtifactRef] => [role, refOf(role)]),
  );
const define = (name: string, settings: StageRequest["settings"] = {}) =>
  stageDefinition(name, { inputs: inputsOf(name), settings, seed: 1n });

for (const { name, version, ...stage } of pipelineStages) {
  test(`${name} is defined by its own settings of a run, and no others`, () => {
    const own = settingsOf({ name, version, ...stage }, readRunSettings("car-racing", "smoke", {}));
    const definition = define(name, own);
    assert.deepEqual(definition.config, own);
    assert.deepEqual(definition.stage, { name, version });
    assert.deepEqual(definition.inputs, inputsOf(name));
    assert.equal(definition.seed, 1n);
    assert.equal(definition.module, stageModule({ name, version }));
  });

  test(`the module of ${name} has the stage in the version that jobs are keyed by`, async () => {
    const { stage: found } = (await import(stageModule({ name, version }))) as { readonly stage: Stage };
    assert.deepEqual([found.name, found.version], [name, version]);
  });

  test(`${name} of another version is not in this build`, () => {
    assert.throws(() => stageModule({ name, version: 99 }), {
      code: "failed-precondition",
      message: new RegExp(
        `stage ${name} of version 99 was asked for, and this build has version ${version};`,
      ),
    });
  });
}

test("the stages are named in order", () => {
  assert.deepEqual(stageNames, ["collect", "train-vae", "encode", "train-mdn-rnn", "evolve", "evaluate"]);
});

test("a stage that this build does not have has no module", () => {
  assert.throws(() => stageModule({ name: "report", version: 1 }), {
    code: "failed-precondition",
    message: /this build has collect \d+, train-vae \d+, /,
  });
});

test("settings may be text, and those that are not given have their defaults", () => {
  const { config } = define("train-vae", { "vae.steps": "7" });
  assert.equal(config["vae.steps"], 7);
  assert.equal(config["vae.batch"], 100);
  assert.equal(config["mdn_rnn.batch"], undefined);
});

test("a dream of the run's own may be evolved and evaluated in: M's heads are looked at when it opens", () => {
  assert.equal(define("evolve", { "evolve.env": "dream" }).config["evolve.env"], "dream");
  assert.equal(
    define("evaluate", { "evaluate.env": "dream?temperature=2" }).config["evaluate.env"],
    "dream?temperature=2",
  );
});

const refusals: readonly (readonly [name: string, change: Partial<StageRequest>, sentence: RegExp])[] = [
  ["evolv", {}, /^there is no stage "evolv" \(did you mean evolve\?\); known: collect, train-vae, /],
  ["train-vae", { settings: { "vae.setps": 3 } }, /no setting "vae\.setps" \(did you mean vae\.steps\?\)/],
  ["train-vae", { settings: { "vae.steps": 0 } }, /^train-vae: vae\.steps = 0 is out of range/],
  [
    "evolve",
    { settings: { "vae.latent": 8 } },
    /^evolve: the setting vae\.latent is of train-vae; evolve takes evolve\.\*, controller\.\*, rollout\.slots, rollout\.dream_slots$/,
  ],
  ["encode", { settings: { "rollout.slots": 8 } }, /is of collect, evolve, evaluate; encode takes none$/],
  [
    "evaluate",
    { settings: { "rollout.workers": 8 } },
    /the setting rollout\.workers is no stage's; evaluate takes/,
  ],
  ["collect", { settings: { "collect.env": "CarRacing-v9" } }, /no environment "CarRacing-v9"/],
  ["collect", { settings: { "collect.env": "dream" } }, /did you mean dream:RUN/],
  ["evolve", { settings: { "evolve.env": "dream?temprature=1" } }, /did you mean temperature/],
  ["evaluate", { settings: { "evaluate.env": "vizdoom:TakeCovr" } }, /TakeCover/],
  ["collect", { settings: { "collect.env": "vizdoom:TakeCover?skill=6" } }, /skill = "6" is out of range/],
  ["evolve", { settings: { "evolve.refine_steps": 0 } }, /are both 0/],
  ["train-vae", { inputs: {} }, /^train-vae: the input episodes is missing \(train-vae takes episodes\)$/],
  ["collect", { inputs: { vae: refOf("vae") } }, /^collect: collect has no input "vae" \(it takes none\)$/],
  [
    "train-vae",
    { inputs: { episodes: refOf("latents") } },
    /episodes is of kind "latents", where episodes is/,
  ],
  [
    "train-vae",
    { inputs: { episodes: { kind: "episodes", digest: "abc" } } },
    /the digest "abc" of the input episodes is not 64 hexadecimal digits/,
  ],
  ["train-vae", { seed: -1n }, /seed = -1 is not a whole number from 0 to 2\^64 - 1/],
  ["train-vae", { seed: 1n << 64n }, /seed = 18446744073709551616 is not a whole number/],
];
for (const [name, change, message] of refusals) {
  test(`refuses ${name} with a sentence: ${message.source}`, () => {
    const inputs = stageNames.some((each) => each === name) ? inputsOf(name) : {};
    assert.throws(() => stageDefinition(name, { inputs, settings: {}, seed: 0n, ...change }), {
      name: "DomainError",
      code: "invalid-argument",
      message,
    });
  });
}

test("everything that is wrong is said at once, and where", () => {
  const request = {
    inputs: { vae: refOf("vae") },
    settings: { "vae.steps": 0, "vae.btach": 1, "mdn_rnn.steps": 1 },
    seed: -1n,
    where: "StartJob",
  };
  assert.throws(() => stageDefinition("train-vae", request), {
    message:
      /^StartJob: vae\.steps = 0 .*vae\.btach.*mdn_rnn\.steps is of train-mdn-rnn.*no input "vae".*episodes is missing.*seed = -1/,
  });
});
