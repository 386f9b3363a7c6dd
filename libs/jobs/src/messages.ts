import type { ArtifactRef, JsonObject } from "@worldmodels/artifacts";
import type { ErrorCode } from "@worldmodels/errors";
import type { JobDefinition } from "./stage.js";

/** To the job's process. Sent by structured clone. */
export type ToJob =
  | {
      readonly type: "start";
      readonly definition: JobDefinition;
      readonly storeRoot: string;
      readonly folder: string;
      readonly workers: number;
    }
  | { readonly type: "abort" };

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
  | {
      readonly type: "succeeded";
      readonly artifacts: Readonly<Record<string, ArtifactRef>>;
      readonly facts: JsonObject;
    }
  | { readonly type: "failed"; readonly code: ErrorCode | "bug"; readonly message: string };
