import assert from "node:assert/strict";
import { test } from "node:test";
import { readRunSettings } from "./read-run-settings.js";
import { learningRateAt } from "./stages/train-vae.js";
import { tasks } from "./tasks/tasks.js";

for (const [task, { presets }] of Object.entries(tasks)) {
  for (const name of Object.keys(presets)) {
    test(`preset ${name} of ${task} is within every setting's bounds`, () => {
      readRunSettings(task, name, {});
    });
  }
}

test("a change on the command line is over the preset, and the preset over the default", () => {
  const settings = readRunSettings("car-racing", "quick", { "vae.batch": "7" });
  assert.equal(settings["vae.batch"], 7);
  assert.equal(settings["mdn_rnn.batch"], tasks["car-racing"].presets.quick.values["mdn_rnn.batch"]);
  assert.equal(settings["mdn_rnn.hidden"], 256);
});

test("the paper's preset has the paper's numbers", () => {
  const settings = readRunSettings("car-racing", "paper", {});
  assert.equal(settings["collect.episodes"], 10_000);
  assert.equal(settings["evolve.population"], 64);
  assert.equal(settings["evolve.refine_episodes"], 16);
  assert.equal(settings["vae.kl_tolerance"], 0.5);
  assert.equal(settings["mdn_rnn.mixtures"], 5);
});

test("a dream of the run's own M is an environment before there is an M", () => {
  assert.equal(
    readRunSettings("car-racing", "quick", { "evolve.env": "dream?temperature=1.15" })["evolve.env"],
    "dream?temperature=1.15",
  );
});

test("a setting of an environment's own is put into its URI, whatever brought the URI", () => {
  const changes = { "evolve.env.temperature": "0.5", "evaluate.env.skill": "5" };
  const settings = readRunSettings("take-cover", "quick", changes);
  assert.equal(settings["evolve.env"], "dream?temperature=0.5");
  assert.equal(settings["evaluate.env"], "vizdoom:TakeCover?screen=160x120&skill=5");
  const given = readRunSettings("take-cover", "quick", {
    ...changes,
    "evolve.env": "dream?start_latent=mean",
  });
  assert.equal(given["evolve.env"], "dream?start_latent=mean&temperature=0.5");
});

test("TakeCover has the paper's sizes", () => {
  const settings = readRunSettings("take-cover", "paper", {});
  assert.equal(settings["vae.latent"], 64);
  assert.equal(settings["mdn_rnn.hidden"], 512);
  assert.equal(settings["controller.features"], "zch");
  assert.equal(settings["controller.bias"], false);
  assert.equal(settings["collect.episodes"], 10_000);
});

const refusals: readonly (readonly [
  task: string,
  preset: string,
  changes: Record<string, string>,
  sentence: RegExp,
])[] = [
  [
    "take-cove",
    "quick",
    {},
    /no task "take-cove" \(did you mean take-cover\?\); known: car-racing, take-cover/,
  ],
  ["car-racing", "fast", {}, /no preset "fast"; known: smoke, quick, desk, paper/],
  ["car-racing", "quick", { "evaluate.env": "CarRacing-v9" }, /no environment "CarRacing-v9"/],
  ["car-racing", "quick", { "collect.env": "dream" }, /no environment "dream" \(did you mean dream:RUN/],
  [
    "car-racing",
    "quick",
    { "evolve.env": "dream?temperature=0" },
    /evolve\.env = .*temperature = "0" is out/,
  ],
  ["car-racing", "quick", { "evolve.env": "dream?tempreature=1" }, /did you mean temperature/],
  [
    "car-racing",
    "paper",
    { "evolve.env": "dream" },
    /needs predicted rewards, and mdn_rnn\.reward_head is f/,
  ],
  [
    "car-racing",
    "paper",
    { "evaluate.env": "dream?reward=one" },
    /needs predicted ends of episodes, and mdn_rnn\.terminated_head is false/,
  ],
  ["take-cover", "quick", { "evolve.env.temprature": "1" }, /did you mean temperature/],
  ["car-racing", "quick", { "evolve.explore_steps": "0", "evolve.refine_steps": "0" }, /are both 0/],
];
for (const [task, preset, changes, message] of refusals) {
  test(`refuses ${task} ${preset} ${JSON.stringify(changes)}`, () => {
    assert.throws(() => readRunSettings(task, preset, changes), { message });
  });
}

test("the learning rate falls along half a cosine", () => {
  const settings = readRunSettings("car-racing", "quick", {
    "vae.steps": "100",
    "vae.learning_rate": "1e-3",
    "vae.final_learning_rate": "1e-5",
  });
  assert.equal(learningRateAt(0, settings), 1e-3);
  assert.ok(Math.abs(learningRateAt(50, settings) - (1e-3 + 1e-5) / 2) < 1e-9);
  assert.ok(Math.abs(learningRateAt(100, settings) - 1e-5) < 1e-9);
});
