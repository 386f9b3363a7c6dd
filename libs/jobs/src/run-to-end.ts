import { isDomainError } from "@worldmodels/errors";
import type { JobFeed } from "./job-feed.js";
import { jobFolder, writeJobRecord } from "./job-files.js";
import { hasEnded } from "./job-record.js";
import type { JobRecord } from "./job-record.js";
import { runJob } from "./run-job.js";
import type { RunJobOptions } from "./run-job.js";

/**
 * Runs a job and tells its feed all that happens to it. Never rejects: how the job ended is in its record. One that was
 * stopped for another reason than that it is unwanted is left as it is on disk.
 *
 * @param queued the job's record so far
 * @returns whether the disk says the same as the feed; not where a record could not be written
 */
export async function runToEnd(
  options: RunJobOptions & { readonly signal: AbortSignal },
  queued: JobRecord,
  feed: JobFeed,
): Promise<boolean> {
  let last = queued;
  try {
    const onRecord = (record: JobRecord) => {
      last = record;
      feed.update(record);
    };
    onRecord(await runJob({ ...options, onRecord, onSay: feed.say }));
    return true;
  } catch (error) {
    if (hasEnded(last)) return true;
    const reason: unknown = options.signal.aborted ? options.signal.reason : undefined;
    if (isDomainError(reason) && reason.code !== "cancelled") return true;
    // It has not come far enough to write its end, or could not.
    const record = isDomainError(reason) ? cancelledRecord(last) : failedRecord(last, error);
    const isSaved = await saveRecord(options.jobsFolder, record);
    feed.update(record);
    return isSaved;
  } finally {
    await feed.settled();
  }
}

/** The record of a job that was stopped where it was. */
export function cancelledRecord(record: JobRecord): JobRecord {
  return { ...record, state: "CANCELLED", updatedAt: new Date().toISOString() };
}

/** The record of a job that cannot go on. */
export function failedRecord(record: JobRecord, error: unknown): JobRecord {
  return {
    ...record,
    state: "FAILED",
    error: {
      code: isDomainError(error) ? error.code : "bug",
      message: error instanceof Error ? error.message : String(error),
    },
    updatedAt: new Date().toISOString(),
  };
}

/** @returns whether it is on disk now */
export function saveRecord(jobsFolder: string, record: JobRecord): Promise<boolean> {
  return writeJobRecord(jobFolder(jobsFolder, record), record).then(
    () => true,
    () => false,
  );
}
