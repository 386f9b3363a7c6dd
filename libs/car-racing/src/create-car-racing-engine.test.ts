import assert from "node:assert/strict";
import { test } from "node:test";
import { createVectorEnv, type VectorEnv } from "@worldmodels/env";
import { describeVectorEnv, type MakeVectorEnv } from "@worldmodels/env/conformance";
import { isDomainError } from "@worldmodels/errors";
import { HEAP_START } from "./physics/box2d-layout.js";
import { loadTestBox2D, readRecording } from "./fixtures.test-helper.js";
import {
  createCarRacingEngine,
  STATE_NAMES,
  type Box2D,
  type Box2DFactory,
  type CarRacingId,
} from "./index.js";

const box2d = await loadTestBox2D();

/** The Box2D instances of an environment's slots, for those tests that break them. */
const instancesOf = new WeakMap<VectorEnv, Box2D[]>();

function makeWith(id: CarRacingId, settings: Readonly<Record<string, unknown>>): MakeVectorEnv {
  return async ({ numEnvs, maxEpisodeSteps, ...options }) => {
    const instances: Box2D[] = [];
    const recordingFactory: Box2DFactory = {
      ...box2d,
      create: async () => {
        const instance = await box2d.create();
        instances.push(instance);
        return instance;
      },
    };
    const limit = maxEpisodeSteps === undefined ? {} : { max_episode_steps: maxEpisodeSteps };
    const engine = await createCarRacingEngine({
      id,
      numEnvs,
      box2d: recordingFactory,
      settings: { ...settings, ...limit },
    });
    const env = createVectorEnv(engine, options);
    instancesOf.set(env, instances);
    return env;
  };
}

/** Overwrites a slot's heap with addresses that lead nowhere, as a bug of the engine might. */
function ruin(env: VectorEnv, slot: number): void {
  instancesOf.get(env)![slot]!.HEAP32.fill(0x7ffffff0, HEAP_START >> 2);
}

describeVectorEnv("CarRacing-v3", makeWith("CarRacing-v3", {}), { fault: ruin });
const otherSettings = { continuous: false, domain_randomize: "true" };
describeVectorEnv("CarRacing-v0, discrete and in random colours", makeWith("CarRacing-v0", otherSettings), {
  fault: ruin,
});

const openOne = (settings: Readonly<Record<string, unknown>> = {}, id: CarRacingId = "CarRacing-v3") =>
  makeWith(id, settings)({ numEnvs: 1, observations: ["state"] });

test("an episode of CarRacing-v3 is truncated at 1000 steps, as Gymnasium's", async () => {
  const recording = readRecording("driver_seed0");
  const env = await openOne();
  await env.reset({ seeds: [BigInt(recording.seed)] });
  let total = 0;
  for (const [k, action] of recording.actions.entries()) {
    const { truncated, terminated, rewards, endedEpisodes } = await env.step(
      Float32Array.from(action as number[]),
    );
    total += rewards[0]!;
    assert.equal(truncated[0], k === 999 ? 1 : 0);
    assert.equal(terminated[0], 0);
    assert.equal(endedEpisodes.length, k === 999 ? 1 : 0);
  }
  const recorded = recording.steps.reward.reduce((sum, reward) => sum + reward, 0);
  assert.ok(Math.abs(total - recorded) < 1e-9, `return ${total}, recorded ${recorded}`);
});

for (const [name, finished, lastReward] of [
  ["lap_seed0", 1, undefined],
  ["outfield_seed0", 0, -100],
] as const) {
  test(`${name} ends by itself, saying in lap_finished whether the lap was`, async () => {
    const recording = readRecording(name);
    const env = await openOne({ max_episode_steps: 5000 });
    await env.reset({ seeds: [BigInt(recording.seed)] });
    for (const action of recording.actions.slice(0, -1)) {
      const batch = await env.step(Float32Array.from(action as number[]));
      assert.equal(batch.terminated[0], 0);
      assert.equal(batch.info["lap_finished"]?.present[0] ?? 0, 0);
    }
    const last = await env.step(Float32Array.from(recording.actions.at(-1) as number[]));
    assert.equal(last.terminated[0], 1);
    assert.equal(last.truncated[0], 0);
    assert.equal(last.info["lap_finished"]!.present[0], 1);
    assert.equal(last.info["lap_finished"]!.values[0], finished);
    assert.ok(Math.abs(last.rewards[0]! - (lastReward ?? recording.steps.reward.at(-1)!)) < 1e-9);
  });
}

test("discrete actions do what Gymnasium's do", async () => {
  const recording = readRecording("discrete_seed0");
  const env = await openOne({ continuous: false });
  await env.reset({ seeds: [BigInt(recording.seed)] });
  for (const [k, action] of recording.actions.entries()) {
    const { rewards, observations } = await env.step(Float32Array.of(action as number));
    assert.ok(Math.abs(rewards[0]! - recording.steps.reward[k]!) < 1e-9);
    assert.ok(Math.abs(observations["state"]![0]! - recording.steps.hull_pos[k]![0]) < 1e-3);
  }
});

for (const action of [-1, 5, 0.5]) {
  test(`the engine refuses the discrete action ${action} before any slot moves`, async () => {
    const engine = await createCarRacingEngine({
      id: "CarRacing-v3",
      numEnvs: 2,
      box2d,
      settings: { continuous: false },
    });
    await engine.reset([0, 1], [1n, 2n]);
    const before = engine.snapshot!(0);
    const outcome = {
      rewards: new Float64Array(2),
      terminated: new Uint8Array(2),
      truncated: new Uint8Array(2),
      faulted: new Uint8Array(2),
      setInfo: () => undefined,
    };
    assert.throws(
      () => engine.step([0, 1], Float32Array.of(3, action), outcome),
      (error) => isDomainError(error, "invalid-argument") && error.message.includes("slot 1"),
    );
    assert.deepEqual(engine.snapshot!(0), before);
  });
}

test("the in-process engine takes finite actions out of bounds as Gymnasium does: gas is clipped, a negative brake is none", async () => {
  const make = async (action: number[]) => {
    const engine = await createCarRacingEngine({ id: "CarRacing-v3", numEnvs: 1, box2d });
    const env = createVectorEnv(engine, { actionBounds: "engine", observations: ["state"] });
    await env.reset({ seeds: 5n });
    for (let k = 0; k < 30; k++) await env.step(Float32Array.from(action));
    const state = Array.from((await env.step(Float32Array.from(action))).observations["state"]!);
    await env.close();
    return state;
  };
  assert.deepEqual(await make([0, 40, 0]), await make([0, 1, 0]));
  assert.deepEqual(await make([0, -7, -3]), await make([0, 0, 0]));
  assert.notDeepEqual(await make([-3, 0.5, 0]), await make([0, 0.5, 0]));
});

test("the observation `state` holds what its names say", async () => {
  const recording = readRecording("driver_seed1");
  const env = await openOne();
  await env.reset({ seeds: [BigInt(recording.seed)] });
  let state: Record<string, number> = {};
  for (const action of recording.actions.slice(0, 20)) {
    const { observations } = await env.step(Float32Array.from(action as number[]));
    state = Object.fromEntries(STATE_NAMES.map((name, i) => [name, observations["state"]![i]!]));
  }
  assert.equal(state["tile_count"], recording.N);
  assert.equal(state["tiles_visited"], recording.steps.tile_visited_count[19]);
  assert.ok(Math.abs(state["time_seconds"]! - 21 * 0.02) < 1e-12);
  const { steps } = recording;
  for (const [name, expected] of [
    ["hull_y", steps.hull_pos[19]![1]],
    ["hull_angle", steps.hull_angle[19]],
    ["joint_angle_front_left", steps.joint_angle[19]![0]],
    ["wheel_omega_rear_right", steps.omega[19]![3]],
  ] as const) {
    assert.ok(Math.abs(state[name]! - expected!) < 1e-5, name);
  }
  const rewards = recording.steps.reward.slice(0, 20).reduce((sum, reward) => sum + reward, 0);
  assert.ok(Math.abs(state["score"]! - rewards) < 1e-9);
});

const good = await createCarRacingEngine({ id: "CarRacing-v3", numEnvs: 1, box2d });
await good.reset([0], [1n]);
const snapshot = good.snapshot!(0);
const damaged: [name: string, bytes: Uint8Array][] = [
  ["nothing", new Uint8Array(0)],
  ["zeros", new Uint8Array(snapshot.length)],
  ["a cut-off state", snapshot.slice(0, -64)],
  ["a state with something behind it", Uint8Array.from([...snapshot, ...new Uint8Array(8)])],
  ["a state with another length of a part", snapshot.map((byte, i) => (i === 8 ? byte ^ 0xff : byte))],
];
for (const [name, bytes] of damaged) {
  test(`restore refuses ${name} and leaves the slot as it was`, () => {
    assert.throws(
      () => good.restore!(0, bytes),
      (error) => isDomainError(error, "invalid-argument"),
    );
    assert.deepEqual(good.snapshot!(0), snapshot);
  });
}

test("a snapshot before the first reset is refused", async () => {
  const fresh = await createCarRacingEngine({ id: "CarRacing-v3", numEnvs: 1, box2d });
  assert.throws(
    () => fresh.snapshot!(0),
    (error) => isDomainError(error, "failed-precondition"),
  );
});

const refusals: [
  name: string,
  options: { id?: string; numEnvs?: number; settings?: Record<string, unknown> },
][] = [
  ["an unknown id", { id: "CarRacing-v2" }],
  ["no slots", { numEnvs: 0 }],
  ["half a slot", { numEnvs: 1.5 }],
  ["an unknown setting", { settings: { max_steps: 5 } }],
  ["a bad value", { settings: { max_episode_steps: 0 } }],
];
for (const [name, options] of refusals) {
  test(`${name} is refused with an explanation`, async () => {
    const make = createCarRacingEngine({
      numEnvs: 1,
      ...options,
      id: (options.id ?? "CarRacing-v3") as CarRacingId,
      box2d,
    });
    await assert.rejects(make, (error) => isDomainError(error, "invalid-argument"));
  });
}

test("many episodes leave the memory and the bindings' caches as they were", async () => {
  const instances: Box2D[] = [];
  const factory = { ...box2d, create: async () => instances[instances.push(await box2d.create()) - 1]! };
  const engine = await createCarRacingEngine({ id: "CarRacing-v3", numEnvs: 1, box2d: factory });
  const outcome = {
    rewards: new Float64Array(1),
    terminated: new Uint8Array(1),
    truncated: new Uint8Array(1),
    faulted: new Uint8Array(1),
    setInfo: () => undefined,
  };
  const play = async (seed: bigint): Promise<string> => {
    await engine.reset([0], [seed]);
    for (let k = 0; k < 20; k++) await engine.step([0], Float32Array.of(0.2, 1, 0), outcome);
    const used = engine.snapshot!(0).length;
    return `${used} bytes of state, ${countCached(instances[0]!)} wrappers, ${instances[0]!.HEAPU8.length} bytes`;
  };
  const first = await play(1n);
  for (let seed = 2n; seed < 200n; seed++) await play(seed);
  assert.equal(await play(1n), first);
  assert.equal(instances.length, 1);
});

/** Wrapper objects that the bindings keep. */
function countCached(instance: Box2D): number {
  const { getCache } = instance as unknown as { getCache(wrapperClass: unknown): object | undefined };
  const classes = Object.entries(instance).filter(([name]) => /^(b2[A-Z]|JS)/.test(name));
  const caches = classes
    .map(([, wrapperClass]) => getCache(wrapperClass))
    .filter((cache) => cache !== undefined);
  const count = caches.reduce((sum, cache) => sum + Object.keys(cache).length, 0);
  assert.ok(count >= 1, "the listener's wrapper is not found: this counts the wrong thing");
  return count;
}
