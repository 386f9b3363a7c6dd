import type { JobProgress } from "@worldmodels/jobs";
import type { EvaluationResult } from "./stages/evaluate.js";

export type StageProgress = JobProgress;

/** Where a run tells a person what it is doing. */
export interface RunDisplay {
  /** A line that stays. */
  say(line: string): void;
  update(stage: string, progress: StageProgress): void;
  /** A stage is over. */
  finish(stage: string, summary: string): void;
}

/** What a whole run came to. */
export interface RunSummary {
  readonly runDir: string;
  readonly report: string;
  readonly evaluation: EvaluationResult;
  /** Working time of all stages, also of those that ran in an earlier, interrupted command. */
  readonly seconds: number;
}
