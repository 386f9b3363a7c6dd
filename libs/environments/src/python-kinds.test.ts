import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { VIZDOOM_SCENARIOS } from "@worldmodels/python-env";
import { actionSize } from "@worldmodels/env";
import type { VectorEnv } from "@worldmodels/env";
import { openEnv } from "./open-env.js";
import type { OpenEnvOptions } from "./open-env.js";

async function open(t: TestContext, uri: string, options: OpenEnvOptions = {}): Promise<VectorEnv> {
  const env = await openEnv(uri, options);
  t.after(() => env.close());
  return env;
}

/** Frames of a slot that does the same all the time. */
async function framesOf(env: VectorEnv, slots: number, move: number[], steps: number): Promise<number[][]> {
  await env.reset({ seeds: new Array<bigint>(slots).fill(3n) });
  let frames = new Uint8Array(0);
  for (let step = 0; step < steps; step++) {
    frames = (await env.step(Float32Array.from(move))).observations["wm64"] as Uint8Array<ArrayBuffer>;
  }
  const size = frames.length / slots;
  return move.map((_, slot) => [...frames.subarray(slot * size, (slot + 1) * size)]);
}

test("TakeCover is the paper's game: 1 point per tic until death, 2100 steps at most", async (t) => {
  const env = await open(t, "vizdoom:TakeCover?screen=160x120");
  assert.equal(env.spec.maxEpisodeSteps, 2100);
  assert.deepEqual(env.spec.rewardRange, [1, 1]);
  assert.equal(env.spec.tickSeconds, 1 / 35);
  assert.deepEqual(env.spec.action, { type: "BOX", size: 1, low: [-1], high: [1], names: ["move"] });
  assert.equal(env.spec.settings["skill"], 4);
  await env.reset({ seeds: 1n });
  let tics = 0;
  for (;;) {
    const { terminated, truncated, rewards, info, endedEpisodes, observations } = await env.step(
      new Float32Array(1),
    );
    tics += 1;
    assert.equal(rewards[0], 1);
    assert.equal(truncated[0], 0);
    if (!terminated[0]) {
      // The game is played from its 14th tic on.
      assert.equal(info["tic"]?.values[0], 14 + tics);
      continue;
    }
    assert.deepEqual(endedEpisodes, [{ slot: 0, return: tics, length: tics, seed: 1n }]);
    assert.ok((info["health"]?.values[0] ?? 1) <= 0, "it ended with the player alive");
    assert.ok(tics > 50);
    // The last picture before death, for there is none after it.
    assert.ok((observations["wm64"] as Uint8Array).some((value) => value > 0));
    break;
  }
});

test("a number beyond a third moves, to the left below zero, and within it nothing does", async (t) => {
  const slots = 6;
  const env = await open(t, "vizdoom:TakeCover?screen=160x120", { numEnvs: slots, processes: 1 });
  const [left, alsoLeft, still, alsoStill, right, alsoRight] = await framesOf(
    env,
    slots,
    [-1, -0.34, -0.33, 0.33, 0.34, 1],
    12,
  );
  assert.deepEqual(alsoLeft, left);
  assert.deepEqual(alsoStill, still);
  assert.deepEqual(alsoRight, right);
  assert.notDeepEqual(left, still);
  assert.notDeepEqual(right, still);
  assert.notDeepEqual(right, left);
});

test("skipping frames holds an action for as many tics and adds up their points", async (t) => {
  const every = await open(t, "vizdoom:TakeCover?screen=160x120");
  const fourth = await open(t, "vizdoom:TakeCover?screen=160x120&frame_skip=4");
  const [expected] = await framesOf(every, 1, [0.5], 20);
  assert.deepEqual(await framesOf(fourth, 1, [0.5], 5), [expected]);
  assert.deepEqual(fourth.spec.rewardRange, [1, 4]);
  assert.equal((await fourth.step(Float32Array.of(0.5))).rewards[0], 4);
});

test("wm64 is the upper five sixths of the screen: the bar below is cut off", async (t) => {
  const env = await open(t, "vizdoom:TakeCover");
  const { observations } = await env.reset({ seeds: 1n });
  const frame = observations["wm64"] as Uint8Array;
  const screen = await env.render(0);
  assert.equal(screen.length, 640 * 480 * 3);
  const mean = (
    picture: Uint8Array,
    width: number,
    top: number,
    rows: number,
    left: number,
    columns: number,
  ) => {
    let sum = 0;
    for (let y = top; y < top + rows; y++) {
      for (let x = left; x < left + columns; x++) sum += picture[(y * width + x) * 3] ?? NaN;
    }
    return sum / (rows * columns);
  };
  // 25 rows and 10 columns of the screen become 4 rows and 1 column, each rounded.
  for (let band = 0; band < 16; band++) {
    for (let column = 0; column < 64; column++) {
      const seen = mean(frame, 64, 4 * band, 4, column, 1);
      const there = mean(screen, 640, 25 * band, 25, 10 * column, 10);
      assert.ok(Math.abs(seen - there) <= 0.5, `band ${band}, column ${column}: ${seen} for ${there}`);
    }
  }
});

for (const scenario of Object.keys(VIZDOOM_SCENARIOS).slice(1)) {
  test(`vizdoom:${scenario} is played with one action per button`, async (t) => {
    const env = await open(t, `vizdoom:${scenario}?screen=160x120`, { seeds: 2n });
    const { action } = env.spec;
    assert.ok(action.type === "DISCRETE" && action.count >= 4);
    assert.equal(action.names[0], "nothing");
    const { observations } = await env.reset();
    assert.ok((observations["wm64"] as Uint8Array).some((value) => value > 0));
    for (let chosen = 0; chosen < action.count; chosen++) {
      const { statuses, terminated } = await env.step(Float32Array.of(chosen));
      assert.equal(statuses[0], 0);
      if (terminated[0]) await env.reset();
    }
  });
}

test("a scenario's own limit truncates", async (t) => {
  const env = await open(t, "vizdoom:Basic?screen=160x120&frame_skip=10");
  assert.equal(env.spec.maxEpisodeSteps, 30);
  await env.reset({ seeds: 1n });
  for (let step = 1; step <= 30; step++) {
    const { terminated, truncated } = await env.step(Float32Array.of(0));
    assert.deepEqual([terminated[0], truncated[0]], [0, step === 30 ? 1 : 0]);
  }
});

test("gymnasium:CarRacing-v3 shows what Gymnasium shows, and World Models' part of it", async (t) => {
  const env = await open(t, "gymnasium:CarRacing-v3", { observations: "all" });
  const native = await open(t, "CarRacing-v3");
  assert.deepEqual(env.observationNames, ["image", "wm64"]);
  assert.deepEqual(env.spec.observations["image"]?.shape, [96, 96, 3]);
  assert.deepEqual(env.spec.action, native.spec.action);
  assert.equal(env.spec.maxEpisodeSteps, 1000);
  assert.equal(env.spec.tickSeconds, native.spec.tickSeconds);
  assert.deepEqual(env.spec.renderSize, native.spec.renderSize);
  await env.reset({ seeds: 7n });
  await native.reset({ seeds: 7n });
  const action = Float32Array.of(0, 0.5, 0);
  let ours = new Uint8Array(0);
  let theirs = new Uint8Array(0);
  // The first second zooms in.
  for (let step = 0; step < 60; step++) {
    theirs = (await env.step(action)).observations["wm64"] as Uint8Array<ArrayBuffer>;
    ours = (await native.step(action)).observations["wm64"] as Uint8Array<ArrayBuffer>;
  }
  const difference =
    theirs.reduce((sum, value, i) => sum + Math.abs(value - (ours[i] ?? 0)), 0) / theirs.length;
  // The same track and the same part of the picture; edges are drawn otherwise.
  assert.ok(difference < 6, `the two differ by ${difference} levels on average`);
});

test("gymnasium:CartPole-v1 shows its state, and its limit truncates", async (t) => {
  const env = await open(t, "gymnasium:CartPole-v1?max_episode_steps=5");
  assert.deepEqual(env.observationNames, ["state"]);
  assert.deepEqual(env.spec.observations["state"]?.shape, [4]);
  assert.equal(env.spec.observations["state"].dtype, "float32");
  assert.deepEqual(env.spec.action, { type: "DISCRETE", count: 2, names: ["0", "1"] });
  const { observations } = await env.reset({ seeds: 3n });
  // Gymnasium's own numbers for this seed, as it prints them.
  const printed = [-0.04143508, -0.02631895, 0.03012745, 0.0082162];
  (observations["state"] as Float32Array).forEach((number, i) => {
    assert.ok(Math.abs(number - (printed[i] ?? NaN)) < 1e-8);
  });
  for (let step = 1; step <= 5; step++) {
    const { terminated, truncated, rewards } = await env.step(Float32Array.of(step % 2));
    assert.deepEqual([rewards[0], terminated[0], truncated[0]], [1, 0, step === 5 ? 1 : 0]);
  }
});

test("settings that are the environment's own reach it, and unbounded numbers stay so", async (t) => {
  const env = await open(t, "gymnasium:LunarLander-v3?continuous=true&gravity=-5.5");
  assert.equal(actionSize(env.spec.action), 2);
  assert.equal(env.spec.settings["gravity"], "-5.5");
  assert.deepEqual(env.spec.rewardRange, [-Infinity, Infinity]);
  const { statuses } = await env.reset({ seeds: 2n });
  assert.equal(statuses[0], 0);
});
