import { createRng } from "@worldmodels/rng";
import { containers } from "./compose-project.js";
import type { Container } from "./compose-project.js";
import type { FaultStep, Game } from "./disturbed-run.js";
import { faults } from "./faults.js";
import type { FaultName } from "./faults.js";

/** The stages of a run that containers work in, in their order. */
const stages = ["collect", "train V", "encode", "train M", "evolve C", "evaluate"] as const;

/** What is broken in the run of a game. */
export interface FaultPlan {
  readonly game: Game;
  readonly steps: readonly FaultStep[];
}

/**
 * Every fault in every stage: kills of all containers, pauses and network cuts of those that work in the stage, in three runs in
 * which each stage has another of these; then all containers restarted, or removed and made anew.
 */
export function listedFaults(): FaultPlan[] {
  const single: readonly FaultName[] = ["kill -9", "pause", "network cut"];
  const mixed = (["car-racing", "take-cover", "car-racing"] as const).map((game, run) => {
    const faultOf = (index: number): FaultName => single[(run + index) % single.length] ?? "kill -9";
    const steps = stages.map((stage, index) => {
      const fault = faultOf(index);
      return { stage, fault, containers: fault === "kill -9" ? containers : workersOf(game, stage) };
    });
    return { game, steps };
  });
  const restarts = stages.map((stage, index): FaultStep => ({
    ...{ stage, containers },
    fault: index % 2 === 0 ? "down and up" : "restart",
  }));
  return [...mixed, { game: "take-cover", steps: restarts }];
}

/** Who works in a stage, without whom it cannot go on. */
function workersOf(game: Game, stage: (typeof stages)[number]): Container[] {
  if (stage === "train V" || stage === "encode") return ["encoder"];
  if (stage === "train M") return ["predictor"];
  if (stage === "evolve C") return ["evolver", "rollout"];
  return game === "take-cover" ? ["rollout", "vizdoom-env"] : ["rollout"];
}

/** Runs of both games in turn, each with a random fault of a random container in five of its six stages. */
export function randomFaults(seed: bigint, runs: number): FaultPlan[] {
  const rng = createRng(seed);
  const pick = <T>(values: readonly T[]): T => {
    const value = values[rng.integers(values.length)];
    if (value === undefined) throw new Error("there is nothing to pick from");
    return value;
  };
  const names = Object.keys(faults).filter((name) => name !== "down and up") as FaultName[];
  return Array.from({ length: runs }, (_, index) => {
    const spared = pick(stages);
    const steps = stages
      .filter((stage) => stage !== spared)
      .map((stage) => ({ stage, fault: pick(names), containers: [pick(containers)] }));
    return { game: index % 2 === 0 ? "car-racing" : "take-cover", steps };
  });
}
