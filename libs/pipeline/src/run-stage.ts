import type { ArtifactStore } from "@worldmodels/artifacts";
import { runJob } from "@worldmodels/jobs";
import type { JobRecord, RunJobOptions } from "@worldmodels/jobs";
import { join } from "node:path";
import { withSpan } from "@worldmodels/telemetry";
import type { RunDisplay } from "./run-types.js";
import { stageProcessEnv } from "./stage-process-env.js";

export interface RunStageOptions extends Pick<
  RunJobOptions,
  "definition" | "workers" | "signal" | "onReused" | "attempt" | "origin"
> {
  /** The folder that has the jobs in it. */
  readonly folder: string;
  readonly store: ArtifactStore;
  readonly display: RunDisplay;
}

/**
 * Runs a stage as a job and shows how far it is.
 *
 * @param title the stage as people know it
 */
export function runStage(title: string, options: RunStageOptions): Promise<JobRecord> {
  const { folder, display, ...rest } = options;
  return withSpan(`stage ${title}`, {}, (span) =>
    runJob({
      ...rest,
      jobsFolder: join(folder, "jobs"),
      processEnv: stageProcessEnv(options.definition.stage.name),
      onReused: () => {
        span.set({ reused: true });
        options.onReused?.();
      },
      onProgress: (progress) => {
        display.update(title, progress);
      },
      onSay: (line) => {
        display.say(`${" ".repeat(10)} ${line}`);
      },
    }),
  );
}
