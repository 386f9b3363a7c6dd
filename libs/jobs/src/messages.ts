import type { ArtifactRef, JsonObject } from "@worldmodels/artifacts";
import type { ErrorCode } from "@worldmodels/errors";
import type { Counts } from "@worldmodels/telemetry";
import type { JobOrigin } from "./job-origin.js";
import type { JobDefinition } from "./stage.js";

/** What an attempt is told: the job, and where it works. */
export interface JobStart {
  readonly type: "start";
  readonly definition: JobDefinition;
  readonly storeRoot: string;
  /** The job's own folder: its checkpoint and its scratch are in it. */
  readonly folder: string;
  readonly workers: number;
  /** Addresses of rollout services. */
  readonly rollouts?: readonly string[];
  /** Who asked for the job, for logs. */
  readonly origin?: JobOrigin;
}

/** To the job's process. Sent by structured clone. */
export type ToJob = JobStart | { readonly type: "abort" };

/** From the job's process. */
export type FromJob =
  | {
      readonly type: "progress";
      readonly done: number;
      readonly total: number;
      readonly unit: string;
      readonly metrics: Readonly<Record<string, number | string>>;
    }
  | { readonly type: "say"; readonly line: string }
  /** What its metrics have counted since the last of these. */
  | { readonly type: "counts"; readonly counts: Counts }
  | {
      readonly type: "succeeded";
      readonly artifacts: Readonly<Record<string, ArtifactRef>>;
      readonly facts: JsonObject;
    }
  | { readonly type: "failed"; readonly code: ErrorCode | "bug"; readonly message: string };
