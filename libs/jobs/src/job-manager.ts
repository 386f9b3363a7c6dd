import { DomainError } from "@worldmodels/errors";
import { currentTraceparent, traceIdOf } from "@worldmodels/telemetry";
import type { LogFacts } from "@worldmodels/telemetry";
import { findJob } from "./find-job.js";
import type { JobEvent } from "./job-feed.js";
import { createJobFeeds } from "./job-feeds.js";
import { listJobs } from "./job-files.js";
import { watchJobStates } from "./job-metrics.js";
import type { JobOrigin } from "./job-origin.js";
import { hasEnded, jobKey } from "./job-record.js";
import type { JobRecord } from "./job-record.js";
import { createJobTurns } from "./job-turns.js";
import { createLiveJobs } from "./live-jobs.js";
import type { LiveJobsOptions } from "./live-jobs.js";
import { lockFolder } from "./run-lock.js";
import { cancelledRecord, failedRecord } from "./run-to-end.js";
import type { JobDefinition, Stage } from "./stage.js";

export interface JobManagerOptions extends LiveJobsOptions {
  /**
   * URL of the module with this stage; asked when a job on disk is to go on.
   *
   * @throws DomainError `failed-precondition` where there is no such stage, or not of this version
   */
  readonly moduleOf: (stage: Pick<Stage, "name" | "version">) => string;
  /** Told what happens to the jobs, for a log; `facts` are the job's stage, key and origin. */
  readonly onLine?: ((line: string, facts: LogFacts) => void) | undefined;
}

export interface WatchJobOptions {
  /** Number of the last event that the watcher has seen; default 0: none. */
  readonly after?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Jobs that outlive calls, connections and this process. A key may be given by its first 8 digits or more. Everything
 * but `list`, `get` and `watch` needs the folder of jobs for this process alone: DomainError `failed-precondition` where
 * another one has it. After `close` all throw DomainError `unavailable`.
 */
export interface JobManager {
  /**
   * Begins a job, or finds it: the same job is never run twice, at once or later, as long as its artifacts are there.
   * One that FAILED or was CANCELLED goes on from its checkpoint.
   *
   * @param origin who asks for it, for logs and traces; the span that is under way is added
   * @returns as soon as the job is on record; how it ends is not this call's matter
   * @throws DomainError `resource-exhausted` where the disk is too full for its record
   */
  start(definition: JobDefinition, origin?: JobOrigin): Promise<JobRecord>;
  /** @throws DomainError `not-found`; `invalid-argument` for what is no key, or fits several jobs */
  get(key: string): Promise<JobRecord>;
  /** The job asked for last comes first. A job whose record cannot be read is left out. */
  list(): Promise<JobRecord[]>;
  /** Stops a job; one that has ended is left as it is. @returns when it has stopped. @throws as `get` */
  cancel(key: string): Promise<JobRecord>;
  /**
   * Follows a job: every durable event (a line, a new state) with a greater number than `after`, then the job as it
   * stands, then what comes. Ends when the job has ended and all is told; a job that was begun again meanwhile is followed
   * on.
   *
   * @throws as `get`; DomainError `unavailable` at `close`: the job goes on when its service is back; the signal's reason
   */
  watch(key: string, options?: WatchJobOptions): AsyncIterable<JobEvent>;
  /**
   * Begins every job again that was RUNNING or QUEUED when the last process with this folder ended, the oldest first. One
   * that cannot go on here is FAILED, and says why.
   */
  resume(): Promise<readonly JobRecord[]>;
  /** Stops the jobs, which stay RUNNING or QUEUED on disk for the next `resume`, and ends the watchers. Never rejects. */
  close(): Promise<void>;
}

export function createJobManager(options: JobManagerOptions): JobManager {
  const { jobsFolder, moduleOf, onLine = () => undefined } = options;
  /** Of the jobs that were asked for since this process began. */
  const origins = new Map<string, JobOrigin>();
  const feeds = createJobFeeds(jobsFolder, (line, { stage, key }) => {
    const { run, identity, traceparent } = origins.get(key) ?? {};
    onLine(line, { stage, job: key, run, identity, trace: traceIdOf(traceparent) });
  });
  const turns = createJobTurns();
  const calls = new Set<Promise<unknown>>();
  let stopping: DomainError | undefined;
  let closing: Promise<void> | undefined;
  let unlock: Promise<() => Promise<void>> | undefined;

  const assertOpen = () => {
    if (stopping !== undefined) throw stopping;
  };
  const live = createLiveJobs({ ...options, originOf: (key) => origins.get(key) }, feeds, assertOpen);
  const unwatchStates = watchJobStates(() => live.all().map((job) => job.record()));

  /** Does what changes jobs, when the folder is this process's, and so that `close` can wait for it. */
  const change = async <T>(task: () => Promise<T>): Promise<T> => {
    assertOpen();
    const call = (async () => {
      unlock ??= lockFolder(jobsFolder).catch((error: unknown) => {
        unlock = undefined;
        throw error;
      });
      await unlock;
      assertOpen();
      return task();
    })();
    calls.add(call);
    return call.finally(() => calls.delete(call));
  };

  const list = async (): Promise<JobRecord[]> => {
    assertOpen();
    const found = (await listJobs(jobsFolder)).filter((record) => hasEnded(record) || isResumable(record));
    const records = new Map(found.map((record) => [record.key, record]));
    for (const job of live.all()) records.set(job.record().key, job.record());
    return [...records.values()].sort((a, b) => compareStarts(b, a));
  };
  const get = async (key: string) => findJob(await list(), key, jobsFolder);

  const cancelNow = async (key: string): Promise<JobRecord> => {
    const job = live.get(key);
    if (job === undefined) {
      const record = await get(key);
      return hasEnded(record) ? record : live.conclude(cancelledRecord(record));
    }
    await job.stop(new DomainError("cancelled", "the job was cancelled; start it again to go on"));
    if (!hasEnded(job.record())) assertOpen();
    return job.record();
  };

  const goOn = async (record: JobRecord): Promise<JobRecord> => {
    try {
      return await live.begin(definitionOf(record, moduleOf));
    } catch (error) {
      assertOpen();
      return live.conclude(failedRecord(record, error));
    }
  };

  const closeNow = async (reason: DomainError) => {
    stopping = reason;
    feeds.end(reason);
    await Promise.all(live.all().map((job) => job.stop(reason)));
    await Promise.allSettled([...calls]);
    unwatchStates();
    await (await unlock?.catch(() => undefined))?.().catch(() => undefined);
  };

  /** Of several who ask for a job that has not ended, the first is its origin. */
  const noteOrigin = (key: string, origin: JobOrigin) => {
    const before = live.get(key);
    if (before !== undefined && !hasEnded(before.record()) && origins.has(key)) return;
    origins.set(key, { ...origin, traceparent: currentTraceparent() });
  };

  return {
    start: (definition, origin = {}) => {
      const key = jobKey(definition);
      return change(() => {
        noteOrigin(key, origin);
        return turns.take(key, () => live.begin(definition));
      });
    },
    get,
    list,
    cancel: async (which) => {
      const { key } = await get(which);
      return change(() => turns.take(key, () => cancelNow(key)));
    },
    async *watch(key, { after = 0, signal } = {}) {
      if (!Number.isSafeInteger(after) || after < 0) {
        throw new DomainError(
          "invalid-argument",
          `after = ${after} is no number of an event: give 0 or more`,
        );
      }
      const { feed, giveBack } = await feeds.borrow(await get(key));
      try {
        assertOpen();
        yield* feed.watch(after, signal);
      } finally {
        giveBack();
      }
    },
    resume: () =>
      change(async () => {
        const unfinished = (await listJobs(jobsFolder)).filter(
          (record) => !hasEnded(record) && isResumable(record),
        );
        const resumed: JobRecord[] = [];
        for (const record of unfinished.sort(compareStarts)) {
          resumed.push(await turns.take(record.key, () => goOn(record)));
        }
        return resumed;
      }),
    close: () =>
      (closing ??= closeNow(
        new DomainError(
          "unavailable",
          "the service is stopping; ask again when it is back: its jobs go on from their checkpoints",
        ),
      )),
  };
}

/** A record of an earlier program does not say which version of its stage it is of: nobody could go on with it. */
function isResumable({ stageVersion }: JobRecord): boolean {
  return stageVersion !== undefined;
}

/** Of two jobs of one millisecond the one that still waits is the later one. */
function compareStarts(a: JobRecord, b: JobRecord): number {
  const later = ({ state }: JobRecord) => Number(state === "QUEUED");
  return Date.parse(a.startedAt) - Date.parse(b.startedAt) || later(a) - later(b);
}

function definitionOf(record: JobRecord, moduleOf: JobManagerOptions["moduleOf"]): JobDefinition {
  const { key, stage: name, stageVersion: version = 0, inputs, config } = record;
  const stage = { name, version };
  const definition = { stage, module: moduleOf(stage), inputs, config, seed: BigInt(record.seed) };
  if (jobKey(definition) === key) return definition;
  throw new DomainError(
    "data-loss",
    `the record of ${name} ${key.slice(0, 12)} does not say what its key was made of; it is damaged or was edited: start the job again`,
  );
}
