import { createRng } from "@worldmodels/rng";
import { containers } from "./compose-project.js";
import type { FaultStep, Game } from "./disturbed-run.js";
import { faults } from "./faults.js";
import type { FaultName } from "./faults.js";

/** The stages of a run that containers work in, in their order. */
export const stages = ["collect", "train V", "encode", "train M", "evolve C", "evaluate"] as const;

/** Runs of both games in turn, each with a random fault of a random container in five of its six stages. */
export function randomFaults(seed: bigint, runs: number): { game: Game; steps: FaultStep[] }[] {
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
