import { isPlainObject } from "@worldmodels/artifacts";
import type { JobRecord, JobState } from "./job-record.js";

const STATES: readonly unknown[] = [
  "QUEUED",
  "RUNNING",
  "SUCCEEDED",
  "FAILED",
  "CANCELLED",
] satisfies JobState[];

/** Whether it is the name of a state. */
export function isJobState(value: unknown): value is JobState {
  return STATES.includes(value);
}

/** What a `job.json` says, or undefined where it is not whole: a damaged record must not surprise whoever lists it. */
export function parseJobRecord(value: unknown): JobRecord | undefined {
  if (!isPlainObject(value) || value["format"] !== "worldmodels-job" || value["version"] !== 1)
    return undefined;
  const isWhole =
    isText(value["key"], /^[0-9a-f]{64}$/) &&
    isText(value["stage"], /^[a-z][a-z0-9-]*$/) &&
    isText(value["seed"], /^\d+$/) &&
    isJobState(value["state"]) &&
    [value["config"], value["inputs"], value["artifacts"], value["facts"]].every(isPlainObject) &&
    [value["progress"], value["error"]].every((part) => part === null || isPlainObject(part)) &&
    [value["attempts"], value["seconds"]].every(Number.isFinite) &&
    (value["stageVersion"] === undefined || Number.isFinite(value["stageVersion"])) &&
    [value["startedAt"], value["updatedAt"]].every((time) => isText(time, /^\d{4}-/) && isTime(time));
  return isWhole ? (value as unknown as JobRecord) : undefined;
}

function isText(value: unknown, pattern: RegExp): value is string {
  return typeof value === "string" && pattern.test(value);
}

function isTime(text: string): boolean {
  return !Number.isNaN(Date.parse(text));
}
