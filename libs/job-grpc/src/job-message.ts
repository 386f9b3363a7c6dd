import type { ArtifactRef, JsonObject } from "@worldmodels/artifacts";
import { codeOfStatus, statusNumber } from "@worldmodels/grpc-kit";
import type { JobProgress, JobRecord, JobState } from "@worldmodels/jobs";
import { JobState as WireState } from "@worldmodels/proto/job";
import type { Job, JobError, Progress } from "@worldmodels/proto/job";

/** google.rpc.Code INTERNAL: what a bug looks like from outside. */
const INTERNAL = 13;

const STATES: Readonly<Record<JobState, WireState>> = {
  QUEUED: WireState.JOB_STATE_QUEUED,
  RUNNING: WireState.JOB_STATE_RUNNING,
  SUCCEEDED: WireState.JOB_STATE_SUCCEEDED,
  FAILED: WireState.JOB_STATE_FAILED,
  CANCELLED: WireState.JOB_STATE_CANCELLED,
};

/** A job as messages carry it. */
export function toJobMessage(record: JobRecord): Job {
  return {
    id: record.key,
    stage: record.stage,
    settings: settingsText(record.config),
    seed: BigInt(record.seed),
    inputs: refsOf(record.inputs),
    state: STATES[record.state],
    progress: record.progress === null ? undefined : toProgressMessage(record.progress),
    outputs: refsOf(record.artifacts),
    factsJson: JSON.stringify(record.facts),
    error: record.error === null ? undefined : toErrorMessage(record.error),
    attempts: record.attempts,
    seconds: record.seconds,
    startedUnixMs: unixMs(record.startedAt),
    updatedUnixMs: unixMs(record.updatedAt),
  };
}

/**
 * A job as this side keeps it. Its configuration is text throughout: messages do not say what was a number.
 *
 * @throws Error for a message that no service of this contract sends
 */
export function fromJobMessage(job: Job): JobRecord {
  return {
    format: "worldmodels-job",
    version: 1,
    key: job.id,
    stage: job.stage,
    config: job.settings,
    seed: String(job.seed),
    inputs: job.inputs,
    state: stateOf(job),
    progress: job.progress === undefined ? null : fromProgressMessage(job.progress),
    artifacts: job.outputs,
    facts: factsOf(job),
    error:
      job.error === undefined
        ? null
        : { code: codeOfStatus(job.error.code) ?? "bug", message: job.error.message },
    attempts: job.attempts,
    seconds: job.seconds,
    startedAt: new Date(Number(job.startedUnixMs)).toISOString(),
    updatedAt: new Date(Number(job.updatedUnixMs)).toISOString(),
  };
}

/** Settings as text, so that reading the text gives the very same values: a number's shortest decimal form is exact. */
export function settingsText(config: JsonObject): Record<string, string> {
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => [
      name,
      typeof value === "object" ? JSON.stringify(value) : String(value),
    ]),
  );
}

function toProgressMessage({
  done,
  total,
  unit,
  ratePerSecond,
  secondsLeft,
  metrics,
}: JobProgress): Progress {
  const entries = Object.entries(metrics);
  return {
    done,
    total,
    unit,
    ratePerSecond,
    secondsLeft,
    metrics: Object.fromEntries(entries.filter((entry): entry is [string, number] => isNumber(entry[1]))),
    labels: Object.fromEntries(entries.filter((entry): entry is [string, string] => isText(entry[1]))),
  };
}

function fromProgressMessage({ metrics, labels, ...rest }: Progress): JobProgress {
  const { done, total, unit, ratePerSecond, secondsLeft } = rest;
  return { done, total, unit, ratePerSecond, secondsLeft, metrics: { ...metrics, ...labels } };
}

function toErrorMessage({ code, message }: NonNullable<JobRecord["error"]>): JobError {
  return { code: code === "bug" ? INTERNAL : statusNumber(code), message };
}

function stateOf({ id, state }: Job): JobState {
  const found = Object.entries(STATES).find(([, wire]) => wire === state);
  if (found === undefined) throw new Error(`job ${id} has state ${state}, which this version does not know`);
  return found[0] as JobState;
}

function factsOf({ factsJson }: Job): JsonObject {
  return factsJson === "" ? {} : (JSON.parse(factsJson) as JsonObject);
}

/** Without whatever else such an object may carry. */
function refsOf(refs: Readonly<Record<string, ArtifactRef>>): Record<string, ArtifactRef> {
  return Object.fromEntries(Object.entries(refs).map(([role, { kind, digest }]) => [role, { kind, digest }]));
}

function unixMs(iso: string): bigint {
  return BigInt(Date.parse(iso));
}

// A record that has been on disk has null for NaN: neither of the two.
function isNumber(value: unknown): boolean {
  return typeof value === "number";
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}
