import { writeFileAtomic } from "@worldmodels/artifacts";
import { controllerShape } from "@worldmodels/agent";
import type { Stage } from "@worldmodels/jobs";
import type { RolloutSetup, RolloutTask } from "@worldmodels/rollout-pool";
import { join } from "node:path";
import { resolveDriver } from "@worldmodels/rollout-pool";
import { openRollouts } from "../open-rollouts.js";
import { resolveOwnDream } from "../own-dream.js";
import { loadController } from "../controller-model.js";
import { requireInput } from "../require-input.js";
import { summariseScores } from "../scores.js";
import type { Scores } from "../scores.js";
import { environmentSeed, streamOf } from "../seeds.js";
import type { RunSettings } from "../settings.js";

export type EvaluateSettings = Pick<RunSettings, "evaluate.env" | "evaluate.episodes" | "rollout.slots">;

/** The content of `scores.json`. */
export interface EvaluationResult {
  /** As the setting `evaluate.env` says it; `dream` is M of the run that these scores belong to. */
  readonly env: string;
  /** Seed of each episode's reset: tracks that no stage has seen before. */
  readonly seeds: readonly number[];
  /** The controller that was shipped: the distribution mean that did best on the held-out tracks. */
  readonly evolved: Scores;
  /** Uniform random actions on the same tracks. */
  readonly random: Scores;
}

/** Drives the evolved controller, and a random policy, over tracks that no stage has seen. Every episode to its end. */
export const stage: Stage = {
  name: "evaluate",
  version: 2,
  async run({ inputs, config, seed, execution, store, signal, progress, say }) {
    const settings = config as EvaluateSettings;
    const { "evaluate.episodes": episodes, "rollout.slots": slots } = settings;
    const env = await resolveOwnDream(settings["evaluate.env"], store, inputs);
    const controller = await loadController(store, requireInput(inputs, "controller"));
    const { models } = await resolveDriver(store, inputs, controller.config);
    const seeds = Array.from({ length: episodes }, (_, k) => environmentSeed(seed, "evaluateTracks", k));
    const shape = controllerShape(controller.config);
    const setups: Record<"evolved" | "random", { setup: RolloutSetup; tasks: RolloutTask[] }> = {
      evolved: {
        setup: { env, slots, driver: { type: "agent", store: store.root, ...models, controller: shape } },
        tasks: seeds.map((track, index) => ({ index, seed: track, controller: controller.parameters })),
      },
      random: {
        setup: { env, slots, driver: { type: "policy", kind: "uniform" } },
        tasks: seeds.map((track, index) => ({
          index,
          seed: track,
          policySeed: BigInt(streamOf(seed, "randomPolicies", index).generateState(1)[0] ?? 0),
        })),
      },
    };
    let done = 0;
    const play = async ({ setup, tasks }: { setup: RolloutSetup; tasks: RolloutTask[] }): Promise<Scores> => {
      const pool = openRollouts(setup, execution, say);
      try {
        const onResult = () => {
          progress(++done, 2 * episodes, "episodes");
        };
        return summariseScores(await pool.run(tasks, { signal, onResult }));
      } finally {
        pool.close();
      }
    };
    const evolved = await play(setups.evolved);
    const random = await play(setups.random);
    const asGiven = settings["evaluate.env"];
    const result: EvaluationResult = { env: asGiven, seeds: seeds.map(Number), evolved, random };
    const scores = await store.write("scores", { env: asGiven, episodes }, (folder) =>
      writeFileAtomic(join(folder, "scores.json"), `${JSON.stringify(result, null, 2)}\n`),
    );
    return { artifacts: { scores }, facts: { mean: evolved.mean, sd: evolved.sd, random: random.mean } };
  },
};
