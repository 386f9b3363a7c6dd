import type { DomainError } from "@worldmodels/errors";
import type { FeedLoan, JobFeeds } from "./job-feeds.js";
import { createJobQueue } from "./job-queue.js";
import { jobFolder, readJobRecord, writeJobRecord } from "./job-files.js";
import { timeJob } from "./job-metrics.js";
import type { JobOrigin } from "./job-origin.js";
import { createJobRecord, hasEnded, jobKey } from "./job-record.js";
import type { JobRecord } from "./job-record.js";
import { readFinishedJob } from "./read-finished-job.js";
import type { RunJobOptions } from "./run-job.js";
import { runToEnd, saveRecord } from "./run-to-end.js";
import type { JobDefinition } from "./stage.js";

export interface LiveJobsOptions extends Pick<
  RunJobOptions,
  "jobsFolder" | "store" | "workers" | "rollouts" | "attempt" | "graceMs"
> {
  /** Jobs that run at a time; default 1. Further ones wait as QUEUED, in order of arrival. */
  readonly maxRunning?: number | undefined;
  /** Environment variables for the process of a stage, besides this one's. */
  readonly processEnv?: ((stage: string) => Readonly<Record<string, string>>) | undefined;
  /** Who asked for a job. */
  readonly originOf?: ((key: string) => JobOrigin | undefined) | undefined;
}

/** A job that waits or runs, or whose end could not be written to disk. */
export interface LiveJob {
  record(): JobRecord;
  /** Resolves when it has stopped. Never rejects. */
  readonly ended: Promise<void>;
  /** Aborts it with this reason, as `runJob` understands it. @returns `ended` */
  stop(reason: DomainError): Promise<void>;
}

/** The jobs in hand of one manager. Of one job, one call of `begin` or `conclude` at a time. */
export interface LiveJobs {
  get(key: string): LiveJob | undefined;
  all(): LiveJob[];
  /**
   * Puts a job on record and in the queue, to go on from its checkpoint; one that waits, runs or is done is left as it is.
   *
   * @throws DomainError where its record cannot be written
   */
  begin(definition: JobDefinition): Promise<JobRecord>;
  /** Puts down the end of a job that is not live. */
  conclude(record: JobRecord): Promise<JobRecord>;
}

/** @param assertOpen throws when no job is to be begun any more */
export function createLiveJobs(options: LiveJobsOptions, feeds: JobFeeds, assertOpen: () => void): LiveJobs {
  const {
    jobsFolder,
    store,
    workers,
    rollouts,
    attempt,
    graceMs,
    maxRunning = 1,
    processEnv,
    originOf,
  } = options;
  const queue = createJobQueue(maxRunning);
  const live = new Map<string, LiveJob & { readonly loan: FeedLoan }>();

  const enqueue = (definition: JobDefinition, queued: JobRecord, loan: FeedLoan) => {
    const abort = new AbortController();
    let hasStopped = (): void => undefined;
    const ended = new Promise<void>((resolve) => {
      hasStopped = resolve;
    });
    const run = async () => {
      const env = processEnv === undefined ? {} : { processEnv: processEnv(definition.stage.name) };
      const origin = originOf?.(queued.key);
      const job = { definition, jobsFolder, store, workers, rollouts, origin, attempt, graceMs, ...env };
      const timed = timeJob(definition.stage.name);
      const isSaved = await runToEnd({ ...job, signal: abort.signal }, queued, loan.feed);
      timed((loan.feed.record ?? queued).state);
      if (isSaved) {
        live.delete(queued.key);
        loan.giveBack();
      }
      hasStopped();
    };
    const leaveQueue = queue.add(run);
    live.set(queued.key, {
      loan,
      record: () => loan.feed.record ?? queued,
      ended,
      stop(reason) {
        abort.abort(reason);
        // Its turn is not worth waiting for: it sees that it is not wanted, and ends.
        if (leaveQueue()) void run();
        return ended;
      },
    });
  };

  return {
    get: (key) => live.get(key),
    all: () => [...live.values()],
    async begin(definition) {
      const key = jobKey(definition);
      const before = live.get(key);
      if (before !== undefined && !hasEnded(before.record())) return before.record();
      // Its end is told before it is put away.
      await before?.ended;
      const folder = jobFolder(jobsFolder, { stage: definition.stage.name, key });
      const finished = await readFinishedJob(folder, store);
      if (finished !== undefined) return finished;
      const kept = live.get(key);
      const loan = kept?.loan ?? (await feeds.borrow({ stage: definition.stage.name, key }));
      try {
        const earlier = kept?.record() ?? (await readJobRecord(folder));
        const queued = createJobRecord(definition, "QUEUED", earlier);
        await writeJobRecord(folder, queued);
        loan.feed.update(queued);
        await loan.feed.settled();
        assertOpen();
        enqueue(definition, queued, loan);
        return queued;
      } catch (error) {
        if (kept === undefined) loan.giveBack();
        throw error;
      }
    },
    async conclude(record) {
      const loan = await feeds.borrow(record);
      const isSaved = await saveRecord(jobsFolder, record);
      loan.feed.update(record);
      await loan.feed.settled();
      const ended = Promise.resolve();
      if (isSaved) loan.giveBack();
      else live.set(record.key, { loan, record: () => record, ended, stop: () => ended });
      return record;
    },
  };
}
