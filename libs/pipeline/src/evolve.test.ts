import type { RolloutPool, RolloutResult, RolloutTask } from "@worldmodels/rollout-pool";
import assert from "node:assert/strict";
import { test } from "node:test";
import { evolve } from "./evolve.js";
import type { EvolveSettings } from "./evolve.js";
import { decodeEvolutionState, decodeParameters, encodeEvolutionState } from "./evolution-state.js";
import type { EvolutionState } from "./evolution-state.js";
import { resolveSettings } from "@worldmodels/config";
import { runSettings } from "./settings.js";
import { presetValues } from "./tasks/tasks.js";

const N = 10;
const EPISODE_STEPS = 10;

const settings: EvolveSettings = resolveSettings(
  runSettings,
  {
    ...presetValues("car-racing", "smoke"),
    "evolve.explore_steps": 8 * EPISODE_STEPS * 12,
    "evolve.refine_steps": 16 * EPISODE_STEPS * 8,
    "evolve.explore_sigma": 0.3,
    "evolve.refine_sigma": 0.1,
    "evolve.sigma_rule": "csa",
  },
  "test",
);

/** Plays at once: C is worth minus its distance to (1, …, 1), a little less on some tracks than on others. */
function createFakePool(played: RolloutTask[] = []): RolloutPool {
  return {
    run: (tasks, options) => {
      played.push(...tasks);
      const results = tasks.map((task): RolloutResult => {
        const distance = Array.from(task.controller ?? []).reduce((sum, x) => sum + (x - 1) ** 2, 0);
        const score = -distance - Number(task.seed % 7n) / 100;
        const penalty = task.earlyStop === undefined ? 0 : 1;
        return {
          id: task.index,
          seed: task.seed,
          return: score,
          length: EPISODE_STEPS,
          ending: "truncated",
          penalisedReturn: score - penalty,
        };
      });
      results.forEach((result, index) => options?.onResult?.(index, result));
      return Promise.resolve(results);
    },
    peakWorkerRssBytes: 0,
    pids: [],
    close: () => undefined,
  };
}

interface Options {
  readonly state?: EvolutionState;
  readonly seed?: bigint;
  readonly onGeneration?: (state: EvolutionState) => Promise<void>;
  readonly signal?: AbortSignal;
  readonly pool?: RolloutPool;
}
const run = (options: Options = {}) =>
  evolve({
    settings,
    seed: options.seed ?? 1n,
    parameterCount: N,
    pool: options.pool ?? createFakePool(),
    state: options.state,
    signal: options.signal ?? new AbortController().signal,
    onGeneration: options.onGeneration ?? (() => Promise.resolve()),
    onSteps: () => undefined,
  });

test("both phases spend their steps, and the mean gets better", async () => {
  const state = await run();
  assert.equal(state.generations.filter(({ phase }) => phase === "explore").length, 12);
  assert.equal(state.generations.filter(({ phase }) => phase === "refine").length, 8);
  assert.equal(state.steps, 8 * EPISODE_STEPS * 12 + 16 * EPISODE_STEPS * 8);
  const [first, last] = [state.means[0]!, state.means.at(-1)!];
  assert.ok(last.score > first.score + 2, `${first.score} to ${last.score}`);
  assert.equal(last.generation, 20, "the last mean is judged");
});

test("the best mean on the held-out tracks comes out, with its parameters", async () => {
  const { bestMean, means } = await run();
  assert.equal(bestMean?.record.score, Math.max(...means.map(({ score }) => score)));
  assert.equal(decodeParameters(bestMean.parameters).length, N);
});

test("all candidates of a generation play the same tracks, and the next generation others", async () => {
  const played: RolloutTask[] = [];
  await run({ pool: createFakePool(played) });
  const tracksOf = (from: number, count: number) =>
    new Set(played.slice(from, from + count).map(({ seed }) => seed));
  assert.equal(tracksOf(0, 8).size, 1);
  assert.notDeepEqual(tracksOf(0, 8), tracksOf(8, 8));
});

test("hopeless episodes are given up while exploring only, and means are judged by whole episodes", async () => {
  const played: RolloutTask[] = [];
  const state = await run({ pool: createFakePool(played) });
  const early = played.filter(({ earlyStop }) => earlyStop !== undefined);
  assert.equal(early.length, 8 * 12);
  assert.ok(state.generations[0]!.fitness.best < -1, "fitness takes the penalty in");
  const judged = played.length - 8 * 12 - 16 * 8;
  assert.equal(judged, state.means.length * settings["evolve.evaluate_episodes"]);
});

test("going on from any generation comes to the same bytes", async () => {
  const whole = await run();
  for (const stopAt of [1, 5, 12, 13, 20]) {
    let kept: Uint8Array | undefined;
    const controller = new AbortController();
    const stopped = run({
      signal: controller.signal,
      onGeneration: (state) => {
        if (kept === undefined && state.generations.length === stopAt) {
          kept = encodeEvolutionState(state);
          controller.abort(new Error("enough"));
        }
        return Promise.resolve();
      },
    });
    await stopped.catch((error: unknown) => {
      assert.match(String(error), /enough/);
    });
    assert.ok(kept);
    assert.deepEqual(await run({ state: decodeEvolutionState(kept) }), whole, `from generation ${stopAt}`);
  }
});

test("another seed is another evolution", async () => {
  assert.notDeepEqual((await run({ seed: 2n })).bestMean, (await run({ seed: 1n })).bestMean);
});
