import { digestJson } from "@worldmodels/artifacts";
import type { ArtifactRef, JsonObject } from "@worldmodels/artifacts";
import type { ErrorCode } from "@worldmodels/errors";
import type { JobProgress } from "./progress-meter.js";
import type { JobDefinition } from "./stage.js";

/** QUEUED: waits for its turn. The last three are ends, from which only asking for the job again leads on. */
export type JobState = "QUEUED" | "RUNNING" | "SUCCEEDED" | "FAILED" | "CANCELLED";

/** What is known of a job, as its `job.json` on disk says. */
export interface JobRecord {
  readonly format: "worldmodels-job";
  readonly version: 1;
  /** Digest of the stage, its version, inputs, configuration and seed. */
  readonly key: string;
  readonly stage: string;
  /** Absent in records of earlier programs, and in those that came over the wire. */
  readonly stageVersion?: number;
  readonly config: JsonObject;
  /** Decimal digits. */
  readonly seed: string;
  readonly inputs: Readonly<Record<string, ArtifactRef>>;
  readonly state: JobState;
  readonly progress: JobProgress | null;
  readonly artifacts: Readonly<Record<string, ArtifactRef>>;
  readonly facts: JsonObject;
  readonly error: { readonly code: ErrorCode | "bug"; readonly message: string } | null;
  /** Processes begun: more than 1 where the job was killed or cancelled and went on. */
  readonly attempts: number;
  /** Working time of all attempts. */
  readonly seconds: number;
  /** When it was first asked for; ISO 8601. */
  readonly startedAt: string;
  /** When this was written: for a job that has ended, its end. */
  readonly updatedAt: string;
}

/** What a job's result depends on, as 64 hex digits. The same key is the same job. */
export function jobKey(definition: JobDefinition): string {
  const { stage, inputs, config, seed } = definition;
  const digests = Object.fromEntries(Object.entries(inputs).map(([role, ref]) => [role, ref.digest]));
  return digestJson({
    stage: stage.name,
    version: stage.version,
    inputs: digests,
    config,
    seed: String(seed),
  });
}

/** Whether the job is over: SUCCEEDED, FAILED or CANCELLED. */
export function hasEnded({ state }: Pick<JobRecord, "state">): boolean {
  return state === "SUCCEEDED" || state === "FAILED" || state === "CANCELLED";
}

/**
 * A job's record as of now, going on from an earlier one where there is one: its start, attempts, working time and
 * progress; what it made or why it failed is gone.
 */
export function createJobRecord(
  definition: JobDefinition,
  state: JobState,
  earlier: JobRecord | undefined,
): JobRecord {
  const now = new Date().toISOString();
  return {
    format: "worldmodels-job",
    version: 1,
    key: jobKey(definition),
    stage: definition.stage.name,
    stageVersion: definition.stage.version,
    config: definition.config,
    seed: String(definition.seed),
    inputs: definition.inputs,
    state,
    progress: earlier?.progress ?? null,
    artifacts: {},
    facts: {},
    error: null,
    attempts: earlier?.attempts ?? 0,
    seconds: earlier?.seconds ?? 0,
    startedAt: earlier?.startedAt ?? now,
    updatedAt: now,
  };
}
