import assert from "node:assert/strict";
import { test } from "node:test";
import { planSweep } from "./plan-sweep.js";
import { parseSweepAxes } from "./sweep-axes.js";

const plan = (sets: readonly string[], seeds: readonly bigint[] = [0n], preset = "smoke") =>
  planSweep({ task: "car-racing", preset, axes: parseSweepAxes(sets), seeds });

test("a grid has every combination, seed by seed, the last setting changing fastest", () => {
  const points = plan(
    ["mdn_rnn.hidden=16,32", "vae.latent=8", "evolve.env.max_episode_steps=50,60"],
    [0n, 7n],
  );
  assert.deepEqual(
    points.map(({ name }) => name),
    ["0", "7"].flatMap((seed) =>
      ["16", "32"].flatMap((hidden) =>
        ["50", "60"].map((steps) => `hidden-${hidden}_max_episode_steps-${steps}_seed-${seed}`),
      ),
    ),
  );
  const last = points.at(-1)!;
  assert.deepEqual(last.varied, { "mdn_rnn.hidden": 32, "evolve.env.max_episode_steps": 60 });
  assert.equal(last.seed, 7n);
  assert.equal(last.settings["vae.latent"], 8);
  assert.equal(last.settings["evolve.env"], "CarRacing-v3?max_episode_steps=60");
  assert.equal(last.changes["vae.latent"], "8");
});

test("a grid of one point is named after its seed", () => {
  assert.deepEqual(
    plan(["vae.latent=8"], [3n]).map(({ name, varied }) => ({ name, varied })),
    [{ name: "seed-3", varied: {} }],
  );
});

const refusals: readonly (readonly [sets: readonly string[], sentence: string | RegExp])[] = [
  [["vae.latent"], '--set: "vae.latent" is not of the form key=value,value'],
  [["=8"], '--set: "=8" is not of the form key=value,value'],
  [["vae.latent=8,"], '--set: vae.latent has an empty value in "vae.latent=8,"'],
  [
    ["vae.latent=8", "vae.latent=16"],
    "--set: vae.latent is given more than once; write all its values in one --set, separated by commas",
  ],
  [["vae.latent=8,16,8"], "--set: vae.latent has the value 8, more than once; each makes a point of its own"],
  [
    ["evolve.env.temperature=1,1.0"],
    "--set: evolve.env.temperature has the value 1 and 1.0, which are the same, more than once; each makes a point of its own",
  ],
  [["vae.latent=0,8"], 'sweep: vae.latent = "0" is out of range: 1 to 4096'],
  [
    ["vae.latent=0,8", "mdn_rnn.hidden=x,16", "controller.features=z,hz"],
    /^sweep: vae\.latent = "0" is out of range: 1 to 4096; mdn_rnn\.hidden = "x" is not a number; controller\.features = "hz" is none of z, zh, zch$/,
  ],
  [["vae.latnt=8,16"], /^sweep: there is no setting "vae\.latnt" \(did you mean vae\.latent\?\)$/],
  [["evolve.env=dream", "evolve.env.temperature=1,-1"], /^sweep: .*temperature = "-1" is out of range/],
  [
    ["evolve.env=dream", "mdn_rnn.reward_head=true,false"],
    /^sweep: evolve\.env = dream: this dream needs .* and mdn_rnn\.reward_head is false/,
  ],
  [
    ["evolve.env=dream?temperature=1,dream?temperature=2", "evolve.env.temperature=3"],
    /^sweep: evolve\.env=dream\?temperature=1 evolve\.env\.temperature=3 and evolve\.env=dream\?temperature=2 .* are the same run; give it once$/,
  ],
];
for (const [sets, message] of refusals) {
  test(`--set ${sets.join(" --set ")} is refused before anything runs`, () => {
    assert.throws(() => plan(sets), { code: "invalid-argument", message });
  });
}

test("a seed that is given twice is refused", () => {
  assert.throws(() => plan([], [1n, 2n, 1n]), {
    code: "invalid-argument",
    message: "sweep: the seed 1 is given more than once",
  });
});

test("more than 1000 points are refused, and 1000 are not", () => {
  const values = (count: number) => Array.from({ length: count }, (_, k) => k + 1).join(",");
  const seeds = Array.from({ length: 10 }, (_, k) => BigInt(k));
  assert.throws(() => plan([`vae.latent=${values(101)}`], seeds), {
    code: "invalid-argument",
    message: "sweep: 101 × 10 are 1010 points, more than 1000; give fewer values, or sweep in parts",
  });
  assert.equal(plan([`vae.latent=${values(100)}`], seeds).length, 1000);
});

test("a task that there is not is refused once, not once a point", () => {
  const axes = parseSweepAxes(["vae.latent=8,16"]);
  assert.throws(() => planSweep({ task: "car-racin", preset: "smoke", axes, seeds: [0n] }), {
    message: /^sweep: there is no task "car-racin" \(did you mean car-racing\?\); known: [^;]*$/,
  });
});
