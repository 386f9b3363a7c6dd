import { trainingProcessEnv } from "@worldmodels/training/process-env";

/** Environment variables that the process of a stage is to be started with, besides its parent's. */
export function stageProcessEnv(name: string): Readonly<Record<string, string>> {
  return name.startsWith("train-") ? trainingProcessEnv : {};
}
