import type { JsonObject, LoadedModel } from "@worldmodels/artifacts";
import type { ReportData, ResultData } from "@worldmodels/report";
import type { EvolutionState } from "./evolution-state.js";
import { runSettings } from "./settings.js";
import type { RunSettings } from "./settings.js";
import type { EvaluationResult } from "./stages/evaluate.js";
import type { Task } from "./tasks/task.js";

/** What the evaluation gave, beside what counts as success in this game. */
export function describeResult({ seeds, evolved, random }: EvaluationResult, goal: Task["goal"]): ResultData {
  const rows = (scores: typeof evolved) =>
    scores.returns.map((score, index) => ({
      seed: seeds[index] ?? 0,
      score,
      steps: scores.lengths[index] ?? 0,
    }));
  return {
    scores: rows(evolved),
    random: rows(random),
    target: goal.score,
    published: goal.published,
  };
}

/** How C was evolved. */
export function describeLearning(
  controller: LoadedModel,
  settings: RunSettings,
): NonNullable<ReportData["learning"]> {
  const { generations, means } = controller.training as unknown as Pick<
    EvolutionState,
    "generations" | "means"
  >;
  return {
    env: settings["evolve.env"],
    generations: generations.map(({ generation, steps, fitness, sigma, phase }) => ({
      generation,
      environmentSteps: steps,
      lowest: fitness.worst,
      mean: fitness.mean,
      highest: fitness.best,
      sigma,
      phase,
    })),
    evaluations: means.map(({ generation, steps, score, sd }) => ({
      generation,
      environmentSteps: steps,
      mean: score,
      sd,
      episodes: settings["evolve.evaluate_episodes"],
    })),
  };
}

/** @param stages seconds and facts of every stage, by its title */
export function describeTimings(stages: JsonObject): NonNullable<ReportData["timings"]> {
  return Object.entries(stages)
    .filter(([title]) => title !== "report")
    .map(([title, facts]) => ({ stage: title, seconds: Number((facts as JsonObject)["seconds"]) }));
}

/** @param preset what the task and the preset change of the defaults */
export function describeSettings(
  settings: RunSettings,
  preset: Partial<RunSettings>,
): NonNullable<ReportData["settings"]> {
  return Object.entries(runSettings).map(([key, { default: standard, doc }]) => {
    const name = key as keyof RunSettings;
    const value = settings[name];
    const expected = preset[name] ?? standard;
    const origin = value !== expected ? "given" : value !== standard ? "preset" : "default";
    return { key, value, origin, doc };
  });
}
