import { writeFileAtomic } from "@worldmodels/artifacts";
import { controllerShape } from "@worldmodels/agent";
import type { PolicyKind } from "@worldmodels/agent";
import type { Stage } from "@worldmodels/jobs";
import type { AgentDriver, RolloutSetup, RolloutTask } from "@worldmodels/rollout-pool";
import { join } from "node:path";
import { resolveDriver } from "@worldmodels/rollout-pool";
import { openRollouts } from "../open-rollouts.js";
import { isOwnDream, resolveOwnDream, slotsFor } from "../own-dream.js";
import { loadController } from "../controller-model.js";
import { requireInput } from "../require-input.js";
import { summariseScores } from "../scores.js";
import type { Scores } from "../scores.js";
import { environmentSeed, streamOf } from "../seeds.js";
import type { RunSettings } from "../settings.js";

export type EvaluateSettings = Pick<
  RunSettings,
  Extract<keyof RunSettings, `evaluate.${string}`> | "evolve.env" | "rollout.slots" | "rollout.dream_slots"
>;

/** The content of `scores.json`. */
export interface EvaluationResult {
  /** As the setting `evaluate.env` says it; `dream` is M of the run that these scores belong to. */
  readonly env: string;
  /** Seed of each episode's reset, which no stage has seen before. */
  readonly seeds: readonly number[];
  /** The controller that was shipped: the distribution mean that did best on the held-out tracks. */
  readonly evolved: Scores;
  /** The policy of `evaluate.random_policy` with the same seeds. */
  readonly random: Scores;
  /** The same controller in the dream that it was evolved in, where `evaluate.in_dream` asks for it. */
  readonly dreamed?: { readonly env: string; readonly scores: Scores };
}

/** Plays the evolved controller, and a random policy, with seeds that no stage has seen. Every episode to its end. */
export const stage: Stage = {
  name: "evaluate",
  version: 3,
  async run({ inputs, config, seed, execution, store, signal, progress, say }) {
    const settings = config as EvaluateSettings;
    const { "evaluate.episodes": episodes, "evaluate.env": envAsGiven, "evolve.env": evolveEnv } = settings;
    const controller = await loadController(store, requireInput(inputs, "controller"));
    const { models } = await resolveDriver(store, inputs, controller.config);
    const agent: AgentDriver = {
      type: "agent",
      store: store.root,
      ...models,
      controller: controllerShape(controller.config),
    };
    const seeds = Array.from({ length: episodes }, (_, k) => environmentSeed(seed, "evaluateTracks", k));
    const inDream = settings["evaluate.in_dream"] && isOwnDream(evolveEnv) && evolveEnv !== envAsGiven;
    const total = (inDream ? 3 : 2) * episodes;
    let done = 0;
    const play = async (uri: string, driver: RolloutSetup["driver"], rest: Extra): Promise<Scores> => {
      const env = await resolveOwnDream(uri, store, inputs);
      const pool = openRollouts({ env, slots: slotsFor(uri, settings), driver }, execution, say);
      const tasks = seeds.map((own, index): RolloutTask => ({ index, seed: own, ...rest(index) }));
      try {
        const onResult = () => {
          progress(++done, total, "episodes");
        };
        return summariseScores(await pool.run(tasks, { signal, onResult }));
      } finally {
        pool.close();
      }
    };
    const drive = (uri: string) => play(uri, agent, () => ({ controller: controller.parameters }));
    const evolved = await drive(envAsGiven);
    const kind = settings["evaluate.random_policy"] as PolicyKind;
    const random = await play(envAsGiven, { type: "policy", kind }, (index) => ({
      policySeed: BigInt(streamOf(seed, "randomPolicies", index).generateState(1)[0] ?? 0),
    }));
    const result: EvaluationResult = {
      env: envAsGiven,
      seeds: seeds.map(Number),
      evolved,
      random,
      ...(inDream && { dreamed: { env: evolveEnv, scores: await drive(evolveEnv) } }),
    };
    const scores = await store.write("scores", { env: envAsGiven, episodes }, (folder) =>
      writeFileAtomic(join(folder, "scores.json"), `${JSON.stringify(result, null, 2)}\n`),
    );
    const facts = {
      mean: evolved.mean,
      sd: evolved.sd,
      random: random.mean,
      ...(result.dreamed && { dreamed: result.dreamed.scores.mean }),
    };
    return { artifacts: { scores }, facts };
  },
};

/** What a task has besides its number and seed. */
type Extra = (index: number) => Pick<RolloutTask, "controller" | "policySeed">;
