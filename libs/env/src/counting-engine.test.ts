import assert from "node:assert/strict";
import { test } from "node:test";
import { describeVectorEnv } from "./conformance/index.js";
import type { MakeOptions } from "./conformance/index.js";
import { createCountingEngine } from "./counting-engine.js";
import type { CountingEngineOptions } from "./counting-engine.js";
import { createVectorEnv } from "./create-vector-env.js";
import type { VectorEnv } from "./vector-env.js";

const kinds: Record<string, Partial<CountingEngineOptions>> = {
  "a counting environment": {},
  "an asynchronous counting environment": { async: true },
  "a counting environment with discrete actions": { discreteActions: 3 },
};
for (const [name, kind] of Object.entries(kinds)) {
  // The slots whose engine is to die at its next step, by environment.
  const doomed = new WeakMap<VectorEnv, Set<number>>();
  const make = ({ numEnvs, maxEpisodeSteps, ...options }: MakeOptions): Promise<VectorEnv> => {
    const slots = new Set<number>();
    const engine = createCountingEngine({
      numEnvs,
      episodeLength: 1000,
      maxEpisodeSteps: maxEpisodeSteps ?? null,
      faultAt: (slot) => slots.delete(slot),
      ...kind,
    });
    const env = createVectorEnv(engine, options);
    doomed.set(env, slots);
    return Promise.resolve(env);
  };
  describeVectorEnv(name, make, {
    fault: (env, slot) => {
      doomed.get(env)!.add(slot);
    },
  });
}

test("the counter's observations say the seed, the episode and the step", async () => {
  const observations = ["count", "z", "wm64", "action"];
  const env = createVectorEnv(createCountingEngine({ numEnvs: 2, episodeLength: 2 }), {
    observations,
    autoreset: "SAME_STEP",
  });
  const seed = 0x0123_4567_89ab_cdefn;
  await env.reset({ seeds: seed });
  await env.step(Float32Array.of(0.5, -0.5, 1, 0));
  const ended = await env.step(Float32Array.of(0.5, -0.5, 1, 0));
  assert.deepEqual([...ended.finalObservations!.count!.subarray(0, 4)], [0x01234567, 0x89abcdef, 1, 2]);
  assert.deepEqual([...ended.finalObservations!.action!], [0.5, -0.5, 1, 0]);
  assert.deepEqual([...ended.observations.count!.subarray(4)], [0x01234567, 0x89abcdf0, 2, 0]);
  assert.deepEqual([...ended.observations.z!.subarray(0, 8)], [0xcdef, 0x89ab, 0x4567, 0x0123, 2, 0, 0, 0]);
  assert.deepEqual([...ended.observations.wm64!.subarray(32, 34)], [0xef, 0xcd]);
  assert.deepEqual([...ended.rewards], [2, 2]);
  assert.deepEqual(
    ended.endedEpisodes.map((episode) => [episode.return, episode.length, episode.seed]),
    [
      [3, 2, seed],
      [3, 2, seed + 1n],
    ],
  );
  assert.deepEqual(ended.info.even_step, { values: Float64Array.of(2, 2), present: Uint8Array.of(1, 1) });
});
