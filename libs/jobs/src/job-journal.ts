import { writeJobRecord } from "./job-files.js";
import { createJobRecord } from "./job-record.js";
import type { JobRecord, JobState } from "./job-record.js";
import type { JobProgress } from "./progress-meter.js";
import type { JobDefinition } from "./stage.js";

/** Keeps a running job's record on disk up to date. */
export interface JobJournal {
  /** Writes the record down. @throws DomainError `resource-exhausted` where the disk is full */
  write(
    state: JobState,
    change?: Partial<Pick<JobRecord, "artifacts" | "facts" | "error">>,
  ): Promise<JobRecord>;
  countAttempt(): void;
  /** Takes note of progress, and writes it down now and then. */
  note(progress: JobProgress): void;
  /** Resolves when nothing is being written. */
  settled(): Promise<unknown>;
}

/** A record on disk is never older than this while its job runs. */
const RECORD_INTERVAL_MS = 5000;

/**
 * @param earlier the record to go on from
 * @param onRecord told the record after it was written, and at each progress
 */
export function createJobJournal(
  folder: string,
  definition: JobDefinition,
  earlier: JobRecord | undefined,
  onRecord: (record: JobRecord) => void,
): JobJournal {
  const startedMs = performance.now();
  const base = createJobRecord(definition, "RUNNING", earlier);
  let { attempts, progress } = base;
  let lastWrittenMs = startedMs;
  let writing: Promise<unknown> = Promise.resolve();

  const current = (): JobRecord => ({
    ...base,
    progress,
    attempts,
    seconds: base.seconds + (performance.now() - startedMs) / 1000,
    updatedAt: new Date().toISOString(),
  });
  return {
    async write(state, change = {}) {
      const record = { ...current(), state, ...change };
      await writeJobRecord(folder, record);
      onRecord(record);
      return record;
    },
    countAttempt() {
      attempts++;
    },
    note(latest) {
      progress = latest;
      onRecord(current());
      if (performance.now() - lastWrittenMs < RECORD_INTERVAL_MS) return;
      lastWrittenMs = performance.now();
      // A full disk shows in the stage's own writes; a missed note of progress is no reason to fail.
      writing = writing.then(() => writeJobRecord(folder, current())).catch(() => undefined);
    },
    settled: () => writing,
  };
}
