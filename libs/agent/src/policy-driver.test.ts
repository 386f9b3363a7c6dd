import assert from "node:assert/strict";
import { test } from "node:test";
import { createCountingEngine, createVectorEnv } from "@worldmodels/env";
import { createRng } from "@worldmodels/rng";
import { createPolicyDriver } from "./policy-driver.js";
import { createPolicy } from "./random-policy.js";
import { runEpisodes } from "./run-episodes.js";
import type { EpisodeTask, EpisodeWatcher } from "./run-episodes.js";

test("a random episode's actions depend on its own stream alone: not on slots or company", async () => {
  const tasks = [9, 4, 6, 1, 7].map((length, id): EpisodeTask => ({ id, seed: BigInt(length) }));
  const play = async (numEnvs: number) => {
    const env = createVectorEnv(createCountingEngine({ numEnvs, episodeLength: (seed) => Number(seed) }));
    const actions = new Map<number | string, number[]>();
    const watcher: EpisodeWatcher<EpisodeTask> = {
      observationNames: [],
      onBegin: (_slot, task) => void actions.set(task.id, []),
      onStep: (_slot, task, action) => void actions.get(task.id)!.push(...action),
      onEnd: () => {},
    };
    const driver = createPolicyDriver<EpisodeTask>({
      batch: numEnvs,
      actionSize: 2,
      createPolicy: (task) => createPolicy("brownian", env.spec.action, createRng(task.seed)),
    });
    let ended = 0;
    for await (const { length, seed } of runEpisodes({ env, driver, tasks, watcher })) {
      assert.equal(BigInt(length), seed);
      ended++;
    }
    assert.equal(ended, tasks.length);
    return actions;
  };
  const alone = await play(1);
  assert.equal(alone.get(0)?.length, 18);
  assert.deepEqual(await play(3), alone);
  assert.deepEqual(await play(8), alone);
});
