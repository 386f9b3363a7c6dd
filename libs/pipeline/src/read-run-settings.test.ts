import assert from "node:assert/strict";
import { test } from "node:test";
import { presets } from "./presets.js";
import { readRunSettings } from "./read-run-settings.js";
import { learningRateAt } from "./stages/train-vae.js";

for (const name of Object.keys(presets)) {
  test(`preset ${name} is within every setting's bounds`, () => {
    readRunSettings("car-racing", name, {});
  });
}

test("a change on the command line is over the preset, and the preset over the default", () => {
  const settings = readRunSettings("car-racing", "quick", { "vae.batch": "7" });
  assert.equal(settings["vae.batch"], 7);
  assert.equal(settings["mdn_rnn.batch"], presets.quick.values["mdn_rnn.batch"]);
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

const refusals: readonly (readonly [
  task: string,
  preset: string,
  changes: Record<string, string>,
  sentence: RegExp,
])[] = [
  ["take-cover", "quick", {}, /no task "take-cover"; known: car-racing/],
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
