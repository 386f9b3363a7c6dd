import assert from "node:assert/strict";
import { test } from "node:test";
import type { ActionSpec } from "@worldmodels/env";
import { isDomainError } from "@worldmodels/errors";
import { createRng } from "@worldmodels/rng";
import { createPolicy, policyKinds } from "./random-policy.js";
import type { PolicyKind } from "./random-policy.js";

const car: ActionSpec = {
  type: "BOX",
  size: 3,
  low: [-1, 0, 0],
  high: [1, 1, 1],
  names: ["steer", "gas", "brake"],
};

/** Actions of one episode, `[steps, 3]`. */
function play(kind: PolicyKind, seed: number, steps: number): Float32Array {
  const policy = createPolicy(kind, car, createRng(seed));
  const actions = new Float32Array(steps * 3);
  for (let step = 0; step < steps; step++) policy.act(actions, step * 3);
  return actions;
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
const column = (actions: Float32Array, i: number) => [...actions].filter((_, at) => at % 3 === i);
const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1]!;

for (const kind of policyKinds) {
  test(`a ${kind} policy stays within the bounds, repeats with its seed and differs with another`, () => {
    for (let seed = 0; seed < 50; seed++) {
      play(kind, seed, 40).forEach((value, at) => {
        assert.ok(value >= car.low[at % 3]! && value <= car.high[at % 3]!, `seed ${seed}, ${at}: ${value}`);
      });
    }
    assert.deepEqual(play(kind, 3, 100), play(kind, 3, 100));
    assert.notDeepEqual(play(kind, 3, 100), play(kind, 4, 100));
  });
}

test("the paper's random agent mostly drives with half gas, hardly steering, each episode in its own way", () => {
  const episodes = Array.from({ length: 200 }, (_, seed) => play("cauchy", seed, 100));
  const gas = episodes.map((actions) => mean(column(actions, 1)));
  const steer = episodes.map((actions) => mean(column(actions, 0)));
  assert.ok(Math.abs(median(gas) - 0.5) < 0.01);
  assert.ok(Math.abs(median(steer)) < 0.01);
  // W z has standard deviation s |W|, and |W|^2, a sum of 32 squared Cauchy numbers, is near a Levy law of median
  // (2 / pi) 32^2 / 0.455: 0.19 where s is its mean, a little less after the tanh.
  const jitter = episodes.map((actions) => {
    const values = column(actions, 0);
    return Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)));
  });
  assert.ok(Math.abs(median(jitter) - 0.18) < 0.05, `median jitter ${median(jitter)}`);
  assert.ok(jitter.some((value) => value < 0.02) && jitter.some((value) => value > 0.8), "tails are heavy");
});

test("a held action changes only at multiples of the hold drawn last, as often as the paper's code does", () => {
  const steps = 200_000;
  const actions = column(play("held", 1, steps), 0);
  const changes = actions.filter((value, step) => step > 0 && value !== actions[step - 1]).length;
  // 0.273 in a Python program of five lines over 2 million steps; the mean hold is 3.7 steps and not 5.5.
  assert.ok(Math.abs(changes / steps - 0.273) < 0.005, `${changes / steps}`);
  const spread = mean(actions.map((value) => value ** 2));
  assert.ok(Math.abs(spread - 1 / 3) < 0.02, `${spread}`);
});

test("a Brownian walk begins at a uniform action and moves by a normal of variance 1/50 a step", () => {
  const firsts = Array.from({ length: 2000 }, (_, seed) => play("brownian", seed, 1)[0]!);
  assert.ok(Math.abs(mean(firsts)) < 0.05);
  assert.ok(Math.abs(mean(firsts.map((value) => value ** 2)) - 1 / 3) < 0.03);
  const wide: ActionSpec = { ...car, size: 1, low: [-1000], high: [1000], names: ["x"] };
  const policy = createPolicy("brownian", wide, createRng(2));
  const walk = new Float64Array(5000);
  const out = new Float32Array(1);
  for (let i = 0; i < walk.length; i++) {
    policy.act(out, 0);
    walk[i] = out[0]!;
  }
  const moves = [...walk.subarray(1)].map((value, i) => value - walk[i]!);
  assert.ok(Math.abs(mean(moves)) < 0.01);
  assert.ok(Math.abs(mean(moves.map((move) => move ** 2)) * 50 - 1) < 0.1);
});

test("a uniform policy chooses among discrete actions alike", () => {
  const policy = createPolicy(
    "uniform",
    { type: "DISCRETE", count: 4, names: ["a", "b", "c", "d"] },
    createRng(5),
  );
  const counts = [0, 0, 0, 0];
  const out = new Float32Array(1);
  for (let i = 0; i < 4000; i++) {
    policy.act(out, 0);
    counts[out[0]!]!++;
  }
  assert.ok(
    counts.every((count) => Math.abs(count - 1000) < 150),
    counts.join(),
  );
});

test("the paper's random agent plays discrete actions too", () => {
  const policy = createPolicy("cauchy", { type: "DISCRETE", count: 3, names: ["l", "n", "r"] }, createRng(5));
  const out = new Float32Array(100);
  for (let i = 0; i < 100; i++) policy.act(out, i);
  assert.ok(out.every((action) => [0, 1, 2].includes(action)));
});

test("a Brownian policy refuses discrete actions", () => {
  assert.throws(
    () => createPolicy("brownian", { type: "DISCRETE", count: 3, names: ["l", "n", "r"] }, createRng(0)),
    (error) => isDomainError(error, "invalid-argument"),
  );
});
