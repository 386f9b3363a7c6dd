import assert from "node:assert/strict";
import { test } from "node:test";
import { createCountingEngine } from "./counting-engine.js";
import type { CountingEngineOptions } from "./counting-engine.js";
import { createVectorEnv } from "./create-vector-env.js";
import type { VectorEnvOptions } from "./create-vector-env.js";
import type { Engine } from "./engine.js";
import { SlotStatus } from "./vector-env.js";

const open = (engine: Partial<CountingEngineOptions> = {}, options: VectorEnvOptions = {}) =>
  createVectorEnv(createCountingEngine({ numEnvs: 3, actionSize: 1, ...engine }), options);

test("a step may be terminated and truncated at once", async () => {
  const env = open({ episodeLength: 2, maxEpisodeSteps: 2 });
  await env.reset();
  await env.step(new Float32Array(3));
  const batch = await env.step(new Float32Array(3));
  assert.deepEqual([...batch.terminated, ...batch.truncated], [1, 1, 1, 1, 1, 1]);
});

test("without any seed the slots begin with the seeds 0, 1, 2", async () => {
  const batch = await open().reset();
  assert.deepEqual([...batch.observations.count!.filter((_, i) => i % 4 === 1)], [0, 1, 2]);
});

test("seeds given when opening are for the first reset of each slot only", async () => {
  const env = open({}, { seeds: [10n, undefined, 12n] });
  await env.reset({ slots: [0] });
  const batch = await env.reset({ seeds: [undefined, 5n, undefined] });
  // Rows of [seed, episode since the seed]: slot 0 goes on, slot 1 is told, slot 2 begins.
  assert.deepEqual(
    [0, 1, 2].map((slot) => [...batch.observations.count!.slice(slot * 4 + 1, slot * 4 + 3)]),
    [
      [10, 2],
      [5, 1],
      [12, 1],
    ],
  );
});

test("the actions of slots that do not move are left out, not shifted", async () => {
  const env = open({ episodeLength: (seed) => (seed === 1n ? 1 : 9) }, { observations: ["action"] });
  await env.reset();
  await env.step(Float32Array.of(0.1, 0.2, 0.3));
  const batch = await env.step(Float32Array.of(0.5, 0.6, 0.7));
  assert.deepEqual([...batch.statuses], [SlotStatus.OK, SlotStatus.NEEDS_RESET, SlotStatus.OK]);
  assert.deepEqual([...batch.observations.action!], [0.5, Math.fround(0.2), Math.fround(0.7)]);
  assert.deepEqual([...batch.rewards], [2, 0, 2]);
  assert.deepEqual(batch.info.even_step!.present, Uint8Array.of(1, 0, 1));
});

test("info has a column only where a row has a value", async () => {
  const env = open();
  await env.reset();
  assert.deepEqual((await env.step(new Float32Array(3))).info, {});
  assert.deepEqual([...(await env.step(new Float32Array(3))).info.even_step!.values], [2, 2, 2]);
  assert.deepEqual((await env.step(new Float32Array(3))).info, {});
});

test("a value of an earlier reply does not show through in a later one", async () => {
  const env = open();
  await env.reset();
  await env.step(new Float32Array(1), { slots: [1] });
  assert.deepEqual([...(await env.step(new Float32Array(3))).info.even_step!.present], [0, 1, 0]);
  const { values, present } = (await env.step(new Float32Array(3))).info.even_step!;
  assert.deepEqual([...present], [1, 0, 1]);
  assert.deepEqual([...values], [2, 0, 2]);
});

test("replies use the same memory again and again", async () => {
  const env = open();
  const first = await env.reset();
  const second = await env.step(new Float32Array(3));
  assert.equal(second.rewards, first.rewards);
  assert.equal(second.observations, first.observations);
});

test("out-of-range actions are refused with slot, index, value and bound, or left to the engine", async () => {
  const strict = open();
  await strict.reset();
  await assert.rejects(strict.step(Float32Array.of(0, 1.5, 0)), {
    code: "invalid-argument",
    message: "step: action[0] of slot 1 = 1.5 (a0) is outside [-1, 1]; no slot has moved",
  });
  const lenient = open({}, { actionBounds: "engine", observations: ["action"] });
  await lenient.reset();
  const batch = await lenient.step(Float32Array.of(0, 1.5, 0));
  assert.deepEqual([...batch.observations.action!], [0, 1.5, 0]);
  await assert.rejects(
    lenient.step(Float32Array.of(0, NaN, 0)),
    /action\[0\] of slot 1 = NaN .* not a finite/,
  );
});

test("a second call while one is running is refused", async () => {
  const env = open({ async: true });
  await env.reset();
  const running = env.step(new Float32Array(3));
  await assert.rejects(env.step(new Float32Array(3)), {
    code: "failed-precondition",
    message: /still running/,
  });
  assert.deepEqual([...(await running).stepNumbers], [1, 1, 1]);
});

test("close waits for the call that is running and closes the engine once", async () => {
  const events: string[] = [];
  const engine = createCountingEngine({ numEnvs: 1, async: true });
  const watched: Engine = {
    ...engine,
    step: async (...args) => {
      await engine.step(...args);
      events.push("stepped");
    },
    close: () => {
      events.push("closed");
    },
  };
  const env = createVectorEnv(watched);
  await env.reset();
  const step = env.step(new Float32Array(2));
  await Promise.all([env.close(), env.close(), step]);
  assert.deepEqual(events, ["stepped", "closed"]);
});

test("an engine that throws leaves the slots of that call faulted and the others as they were", async () => {
  const engine = createCountingEngine({ numEnvs: 2, actionSize: 1 });
  let broken = false;
  const env = createVectorEnv({
    ...engine,
    step: (...args) => {
      if (broken) throw new RangeError("the simulation broke");
      return engine.step(...args);
    },
  });
  await env.reset();
  broken = true;
  await assert.rejects(env.step(new Float32Array(1), { slots: [1] }), /the simulation broke/);
  broken = false;
  const batch = await env.step(new Float32Array(2));
  assert.deepEqual([...batch.statuses], [SlotStatus.OK, SlotStatus.FAULTED]);
  assert.deepEqual([...batch.observations.count!.subarray(4)], [0, 0, 0, 0]);
  assert.equal((await env.reset({ slots: [1] })).statuses[0], SlotStatus.OK);
});

test("where a later state is refused, slots restored before it get theirs back", async () => {
  const engine = createCountingEngine({ numEnvs: 2, actionSize: 1 });
  const env = createVectorEnv({
    ...engine,
    restore: (slot, state) => {
      // A state that only the engine can know to be bad: step 3.
      if (state[12] === 3) throw new RangeError("no such state");
      return engine.restore!(slot, state);
    },
  });
  await env.reset();
  await env.step(new Float32Array(2));
  const [good] = await env.snapshot([0]);
  await env.step(new Float32Array(2));
  await env.step(new Float32Array(1), { slots: [1] });
  const [, bad] = await env.snapshot([0, 1]);
  const entries = [
    { slot: 0, snapshot: good! },
    { slot: 1, snapshot: bad! },
  ];
  await assert.rejects(env.restore(entries), /no such state/);
  const batch = await env.step(new Float32Array(2));
  assert.deepEqual([...batch.observations.count!.filter((_, i) => i % 4 === 3)], [3, 4]);
  assert.deepEqual([...batch.stepNumbers], [3, 4]);
});

test("a snapshot of another build is refused as such", async () => {
  const ten = open({ maxEpisodeSteps: 10 });
  const twenty = open({ maxEpisodeSteps: 20 });
  await ten.reset();
  await twenty.reset();
  const [snapshot] = await ten.snapshot([0]);
  await assert.rejects(twenty.restore([{ slot: 0, snapshot: snapshot! }]), {
    code: "failed-precondition",
    message:
      /taken in Counting-v1 \(.*max_episode_steps=10.*\), but this environment is .*max_episode_steps=20/,
  });
});

test("an environment whose engine has no snapshots says so", async () => {
  const { snapshot: _, restore: __, ...engine } = createCountingEngine({ numEnvs: 1 });
  const env = createVectorEnv({ ...engine, spec: { ...engine.spec, snapshots: "NONE" } });
  await env.reset();
  for (const call of [() => env.snapshot([0]), () => env.copy(0, [0]), () => env.restore([])]) {
    await assert.rejects(call(), { code: "unimplemented", message: /has no snapshots/ });
  }
});

test("options that do not fit are refused when opening", () => {
  assert.throws(() => open({}, { observations: ["cuont"] }), {
    code: "invalid-argument",
    message: /"cuont" is not among those chosen: there are count, action, z, wm64/,
  });
  assert.throws(() => open({}, { seeds: [1n] }), {
    code: "invalid-argument",
    message: /1 seeds for 3 slots/,
  });
});

test("an engine with a broken spec is a bug, not a usage error", () => {
  const engine = createCountingEngine({ numEnvs: 1 });
  const spec = { ...engine.spec, tickSeconds: 0, rewardRange: [1, -1] as const };
  assert.throws(() => createVectorEnv({ ...engine, spec }), {
    name: "Error",
    message: /rewardRange is \[1, -1\]; tickSeconds = 0/,
  });
});
