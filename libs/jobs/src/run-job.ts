import type { ArtifactStore } from "@worldmodels/artifacts";
import { DomainError, isDomainError } from "@worldmodels/errors";
import { counter, withSpan } from "@worldmodels/telemetry";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { AttemptEnd, JobAttempt } from "./job-attempt.js";
import { createJobJournal } from "./job-journal.js";
import type { JobOrigin } from "./job-origin.js";
import { runAttempt } from "./job-process.js";
import { jobFolder, readJobRecord } from "./job-files.js";
import { jobKey } from "./job-record.js";
import type { JobRecord } from "./job-record.js";
import { ATTEMPT_FOLDER } from "./outlive-earlier-attempt.js";
import { createProgressMeter } from "./progress-meter.js";
import type { JobProgress } from "./progress-meter.js";
import { readFinishedJob } from "./read-finished-job.js";
import { lockFolder } from "./run-lock.js";
import type { JobDefinition } from "./stage.js";

export interface RunJobOptions {
  readonly definition: JobDefinition;
  /** Where the records, checkpoints and unfinished work of jobs live. */
  readonly jobsFolder: string;
  readonly store: ArtifactStore;
  /** Worker processes that the stage may use. */
  readonly workers: number;
  /** Addresses of rollout services that the stage may use; like `workers` part of no result. */
  readonly rollouts?: readonly string[] | undefined;
  /** Who asked for the job; without a span, it belongs to the one that is under way. */
  readonly origin?: JobOrigin | undefined;
  /** How an attempt is made; default in a child process. */
  readonly attempt?: JobAttempt | undefined;
  /** Environment variables for the job's process, besides this one's. */
  readonly processEnv?: Readonly<Record<string, string>>;
  /** Told where an earlier run of the same job is the answer. */
  readonly onReused?: () => void;
  readonly onProgress?: (progress: JobProgress) => void;
  readonly onSay?: (line: string) => void;
  /** Told the record whenever it has changed; each progress is a change. */
  readonly onRecord?: (record: JobRecord) => void;
  /**
   * Stops the job. A DomainError as the reason that is not `cancelled` (`unavailable`: whoever runs it has to go) leaves
   * the job RUNNING on disk, to be gone on with.
   */
  readonly signal?: AbortSignal;
  /** Time that a job has to stop by itself; default 20,000 ms. */
  readonly graceMs?: number | undefined;
  /** Deaths in a row, each without getting further than before, that are answered by another attempt; default 2. */
  readonly maxDeaths?: number;
}

/**
 * Runs a stage in a child process, or gives what it made the last time: a finished job is never run twice, and
 * one that was killed or cancelled goes on from its checkpoint.
 *
 * @returns the job's record, SUCCEEDED
 * @throws DomainError as the stage threw it; the signal's reason, or `cancelled`; `failed-precondition` where this very
 *   job is running already; `unavailable` where its process died again and again
 */
export async function runJob(options: RunJobOptions): Promise<JobRecord> {
  const { definition, jobsFolder } = options;
  const { name: stage } = definition.stage;
  const key = jobKey(definition);
  const folder = jobFolder(jobsFolder, { stage, key });
  const before = await readFinished(folder, options);
  if (before !== undefined) return before;
  if (options.signal?.aborted === true) throw stopReason(options.signal);
  const unlock = await lockFolder(folder);
  try {
    // Another process may have finished it between the look and the lock.
    const finished = await readFinished(folder, options);
    if (finished !== undefined) return finished;
    const span = { parent: options.origin?.traceparent, attributes: { "job.key": key, "job.stage": stage } };
    return await withSpan(`job ${stage}`, span, () => runAttempts(options, folder));
  } finally {
    await unlock();
  }
}

async function readFinished(folder: string, options: RunJobOptions): Promise<JobRecord | undefined> {
  const record = await readFinishedJob(folder, options.store);
  if (record !== undefined) options.onReused?.();
  return record;
}

async function runAttempts(options: RunJobOptions, folder: string): Promise<JobRecord> {
  const { definition, store, workers, rollouts, origin, signal } = options;
  const { attempt = runAttempt, graceMs = 20_000, maxDeaths = 2 } = options;
  const start = {
    ...{ definition, storeRoot: store.root, folder, workers },
    ...(rollouts && { rollouts }),
    ...(origin && { origin }),
  };
  const journal = createJobJournal(folder, definition, await readJobRecord(folder), (record) =>
    options.onRecord?.(record),
  );
  const meter = createProgressMeter();
  let furthest = -Infinity;
  let deaths = 0;
  for (;;) {
    const furthestBefore = furthest;
    journal.countAttempt();
    await journal.write("RUNNING");
    const end = await attempt(
      { type: "start", ...start },
      {
        signal,
        graceMs,
        env: options.processEnv ?? {},
        onMessage: (message) => {
          if (message.type === "say") {
            options.onSay?.(message.line);
          } else {
            const { done, total, unit, metrics } = message;
            const progress = meter.update(performance.now(), done, total, unit, metrics);
            furthest = Math.max(furthest, done);
            options.onProgress?.(progress);
            journal.note(progress);
          }
        },
      },
    );
    await journal.settled();
    if (end.type === "succeeded") {
      const record = await journal.write("SUCCEEDED", { artifacts: end.artifacts, facts: end.facts });
      await rm(join(folder, "scratch"), { recursive: true, force: true });
      await rm(join(folder, "checkpoint.bin"), { force: true });
      await rm(join(folder, ATTEMPT_FOLDER), { recursive: true, force: true });
      return record;
    }
    if (signal?.aborted === true) {
      const reason = stopReason(signal);
      if (reason.code === "cancelled") await journal.write("CANCELLED");
      // It is RUNNING on disk already, so that this is about its progress only.
      else await journal.write("RUNNING").catch(() => undefined);
      throw reason;
    }
    if (end.type === "died") {
      counter("worldmodels_job_process_deaths_total", { stage: definition.stage.name }).add(1);
    }
    deaths = furthest > furthestBefore ? 1 : deaths + 1;
    if (end.type === "failed" || deaths > maxDeaths) {
      const error = failureOf(definition, end, deaths - 1);
      await journal.write("FAILED", {
        error: { code: error instanceof DomainError ? error.code : "bug", message: error.message },
      });
      throw error;
    }
    options.onSay?.(`the process of ${definition.stage.name} ${end.how}; going on from its checkpoint`);
  }
}

/** The reason that an aborted signal carries, as an error that says so. */
function stopReason(signal: AbortSignal | undefined): DomainError {
  const reason: unknown = signal?.reason;
  return isDomainError(reason) ? reason : new DomainError("cancelled", "the job was stopped");
}

function failureOf(
  definition: JobDefinition,
  end: Exclude<AttemptEnd, { type: "succeeded" }>,
  deaths: number,
): Error {
  if (end.type === "died") {
    const sentence = `the process of ${definition.stage.name} ${end.how}, after ${deaths} earlier deaths; what it finished is kept: give the command again to go on`;
    return new DomainError("unavailable", sentence);
  }
  return end.code === "bug"
    ? new Error(`stage ${definition.stage.name}: ${end.message}`)
    : new DomainError(end.code, `${definition.stage.name}: ${end.message}`);
}
