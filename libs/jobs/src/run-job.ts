import type { ArtifactStore } from "@worldmodels/artifacts";
import { DomainError } from "@worldmodels/errors";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { cancelledBy, runAttempt } from "./job-process.js";
import type { AttemptEnd } from "./job-process.js";
import { jobFolder, jobKey, readJobRecord, writeJobRecord } from "./job-record.js";
import type { JobRecord, JobState } from "./job-record.js";
import { createProgressMeter } from "./progress-meter.js";
import type { JobProgress } from "./progress-meter.js";
import { lockFolder } from "./run-lock.js";
import type { JobDefinition } from "./stage.js";

export interface RunJobOptions {
  readonly definition: JobDefinition;
  /** Where the records, checkpoints and unfinished work of jobs live. */
  readonly jobsFolder: string;
  readonly store: ArtifactStore;
  /** Worker processes that the stage may use. */
  readonly workers: number;
  /** Environment variables for the job's process, besides this one's. */
  readonly processEnv?: Readonly<Record<string, string>>;
  /** Told where an earlier run of the same job is the answer. */
  readonly onReused?: () => void;
  readonly onProgress?: (progress: JobProgress) => void;
  readonly onSay?: (line: string) => void;
  readonly signal?: AbortSignal;
  /** Time that a job has to stop by itself; default 20,000 ms. */
  readonly graceMs?: number;
  /** Deaths in a row, each without getting further than before, that are answered by another attempt; default 2. */
  readonly maxDeaths?: number;
}

/** A record on disk is never older than this while its job runs. */
const RECORD_INTERVAL_MS = 5000;

/**
 * Runs a stage in a child process, or gives what it made the last time: a finished job is never run twice, and
 * one that was killed or cancelled goes on from its checkpoint.
 *
 * @returns the job's record, SUCCEEDED
 * @throws DomainError as the stage threw it; `cancelled`; `failed-precondition` where this very job is running
 *   already; `unavailable` where its process died again and again
 */
export async function runJob(options: RunJobOptions): Promise<JobRecord> {
  const folder = jobFolder(options.jobsFolder, options.definition);
  const before = await readFinished(folder, options);
  if (before !== undefined) return before;
  if (options.signal?.aborted === true) throw cancelledBy(options.signal);
  const unlock = await lockFolder(folder);
  try {
    // Another process may have finished it between the look and the lock.
    return (await readFinished(folder, options)) ?? (await runAttempts(options, folder));
  } finally {
    await unlock();
  }
}

async function readFinished(folder: string, options: RunJobOptions): Promise<JobRecord | undefined> {
  const record = await readJobRecord(folder);
  if (record?.state !== "SUCCEEDED" || !(await allThere(options.store, record))) return undefined;
  options.onReused?.();
  return record;
}

async function runAttempts(options: RunJobOptions, folder: string): Promise<JobRecord> {
  const { definition, store, signal, graceMs = 20_000, maxDeaths = 2 } = options;
  const journal = createJournal(folder, definition, await readJobRecord(folder));
  const meter = createProgressMeter();
  let furthest = -Infinity;
  let deaths = 0;
  for (;;) {
    const furthestBefore = furthest;
    journal.countAttempt();
    await journal.write("RUNNING");
    const end = await runAttempt(
      { type: "start", definition, storeRoot: store.root, folder, workers: options.workers },
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
      return record;
    }
    if (signal?.aborted === true) {
      await journal.write("CANCELLED");
      throw cancelledBy(signal);
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

async function allThere(store: ArtifactStore, record: JobRecord): Promise<boolean> {
  const found = Object.values(record.artifacts).map((ref) =>
    store.open(ref).then(
      () => true,
      () => false,
    ),
  );
  return (await Promise.all(found)).every(Boolean);
}

/** Keeps the job's record on disk up to date. */
function createJournal(folder: string, definition: JobDefinition, earlier: JobRecord | undefined) {
  const startedMs = performance.now();
  const earlierSeconds = earlier?.seconds ?? 0;
  const startedAt = earlier?.startedAt ?? new Date().toISOString();
  let attempts = earlier?.attempts ?? 0;
  let progress: JobProgress | null = earlier?.progress ?? null;
  let lastWrittenMs = startedMs;
  let writing: Promise<unknown> = Promise.resolve();

  const write = async (
    state: JobState,
    change: Partial<Pick<JobRecord, "artifacts" | "facts" | "error">> = {},
  ): Promise<JobRecord> => {
    const record: JobRecord = {
      format: "worldmodels-job",
      version: 1,
      key: jobKey(definition),
      stage: definition.stage.name,
      config: definition.config,
      seed: String(definition.seed),
      inputs: definition.inputs,
      state,
      progress,
      artifacts: {},
      facts: {},
      error: null,
      attempts,
      seconds: earlierSeconds + (performance.now() - startedMs) / 1000,
      startedAt,
      updatedAt: new Date().toISOString(),
      ...change,
    };
    await writeJobRecord(folder, record);
    return record;
  };
  return {
    write,
    countAttempt() {
      attempts++;
    },
    /** Takes note of progress, and writes it down now and then. */
    note(current: JobProgress) {
      progress = current;
      if (performance.now() - lastWrittenMs < RECORD_INTERVAL_MS) return;
      lastWrittenMs = performance.now();
      // A full disk shows in the stage's own writes; a missed note of progress is no reason to fail.
      writing = writing.then(() => write("RUNNING")).catch(() => undefined);
    },
    settled: () => writing,
  };
}
