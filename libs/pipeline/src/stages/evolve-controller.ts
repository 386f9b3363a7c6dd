import { controllerShape } from "@worldmodels/agent";
import type { ControllerFeatures } from "@worldmodels/agent";
import type { Stage } from "@worldmodels/jobs";
import type { AgentDriver } from "@worldmodels/rollout-pool";
import { resolveDriver } from "@worldmodels/rollout-pool";
import { saveController } from "../controller-model.js";
import { withEnvSetting } from "../env-uri-settings.js";
import { evolve } from "../evolve.js";
import type { EvolveSettings } from "../evolve.js";
import { decodeEvolutionState, decodeParameters, encodeEvolutionState } from "../evolution-state.js";
import type { EvolutionState } from "../evolution-state.js";
import { openRollouts } from "../open-rollouts.js";
import { resolveOwnDream, slotsFor } from "../own-dream.js";
import type { RunSettings } from "../settings.js";

export type EvolveControllerSettings = EvolveSettings &
  Pick<
    RunSettings,
    "controller.features" | "controller.hidden" | "controller.bias" | "rollout.slots" | "rollout.dream_slots"
  >;

/** Evolves C by CMA-ES, in the environment that `evolve.env` names. */
export const stage: Stage = {
  name: "evolve",
  version: 2,
  async run({
    inputs,
    config,
    seed,
    execution,
    store,
    signal,
    loadCheckpoint,
    saveCheckpoint,
    progress,
    say,
  }) {
    const settings = config as EvolveControllerSettings;
    const controller = await resolveDriver(store, inputs, {
      features: settings["controller.features"] as ControllerFeatures,
      hidden: settings["controller.hidden"],
      bias: settings["controller.bias"],
    });
    const shape = controllerShape(controller.config);
    const driver: AgentDriver = { type: "agent", store: store.root, ...controller.models, controller: shape };
    const limit = settings["evolve.max_steps"];
    const uri = await resolveOwnDream(settings["evolve.env"], store, inputs);
    const env = limit > 0 ? withEnvSetting(uri, "max_episode_steps", limit) : uri;
    const slots = slotsFor(settings["evolve.env"], settings);
    const pool = openRollouts({ env, slots, driver }, execution, say);
    const saved = await loadCheckpoint();
    const startedMs = performance.now();
    let stepsPlayed = 0;
    let metrics: Record<string, number | string> = {};
    try {
      const state = await evolve({
        settings,
        seed,
        parameterCount: shape.parameterCount,
        pool,
        state: saved && decodeEvolutionState(saved),
        signal,
        onGeneration: async (current) => {
          metrics = describe(current);
          await saveCheckpoint(encodeEvolutionState(current));
        },
        onSteps: (done, total, played) => {
          stepsPlayed += played;
          progress(done, total, "steps", metrics);
        },
      });
      const best = state.bestMean;
      if (best === null) throw new Error("evolution ended without judging a mean");
      const artifact = await saveController(store, controller.config, decodeParameters(best.parameters), {
        settings: { ...settings },
        generation: best.record.generation,
        generations: state.generations.map((record) => ({ ...record })),
        means: state.means.map((record) => ({ ...record })),
        inputs: Object.fromEntries(Object.entries(inputs).map(([role, ref]) => [role, ref.digest])),
      });
      const seconds = (performance.now() - startedMs) / 1000;
      return {
        artifacts: { controller: artifact },
        facts: {
          agentStepsPerSecond: stepsPlayed / seconds,
          peakWorkerBytes: pool.peakWorkerRssBytes,
          workers: execution.workers,
        },
      };
    } finally {
      pool.close();
    }
  },
};

function describe(state: EvolutionState): Record<string, number | string> {
  const last = state.generations.at(-1);
  const judged = state.means.at(-1);
  return {
    generation: String(last?.generation ?? 0),
    ...(last && { population: last.fitness.mean }),
    ...(judged && { mean: judged.score }),
  };
}
