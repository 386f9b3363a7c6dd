import type { ArtifactRef, ArtifactStore, JsonObject } from "@worldmodels/artifacts";
import { runJob } from "@worldmodels/jobs";
import type { JobRecord, RunJobOptions } from "@worldmodels/jobs";
import { join } from "node:path";
import { ownModule } from "./own-module.js";
import { settingsOf } from "./pipeline-stages.js";
import type { PipelineStage } from "./pipeline-stages.js";
import type { RunDisplay } from "./run-types.js";
import type { RunSettings } from "./settings.js";

export interface RunStageOptions extends Pick<
  RunJobOptions,
  "workers" | "signal" | "processEnv" | "onReused"
> {
  /** The folder that has the jobs in it. */
  readonly folder: string;
  readonly store: ArtifactStore;
  readonly inputs: Readonly<Record<string, ArtifactRef>>;
  readonly settings: RunSettings;
  /** What the result depends on besides the stage's settings. */
  readonly facts?: JsonObject;
  readonly seed: bigint;
  readonly display: RunDisplay;
}

/** Runs a stage as a job, with the settings that it depends on, and shows how far it is. */
export function runStage(stage: PipelineStage, options: RunStageOptions): Promise<JobRecord> {
  const { folder, inputs, settings, facts, seed, display, ...rest } = options;
  return runJob({
    ...rest,
    definition: {
      stage: { name: stage.name, version: stage.version },
      module: ownModule(`stages/${stage.module}`).href,
      inputs,
      config: { ...settingsOf(stage, settings), ...facts },
      seed,
    },
    jobsFolder: join(folder, "jobs"),
    onProgress: (progress) => {
      display.update(stage.title, progress);
    },
    onSay: (line) => {
      display.say(`${" ".repeat(10)} ${line}`);
    },
  });
}
