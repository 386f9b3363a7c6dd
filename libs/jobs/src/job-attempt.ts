import type { FromJob, JobStart } from "./messages.js";

/** How one attempt of a job ended: by its own word, or without one. */
export type AttemptEnd =
  Extract<FromJob, { type: "succeeded" | "failed" }> | { readonly type: "died"; readonly how: string };

/** What an attempt tells and heeds while it runs. */
export interface AttemptHooks {
  readonly onMessage: (message: Extract<FromJob, { type: "progress" | "say" }>) => void;
  /** Asks the attempt to stop, perhaps before it has begun; it then ends in any way, within `graceMs`. */
  readonly signal: AbortSignal | undefined;
  readonly graceMs: number;
  /** Environment variables for a process, besides this one's. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Runs a job once, from its checkpoint to its end, in a process or at a service: record, lock and re-use are not its
 * concern. What it says it has made is in the store of `start`.
 *
 * @returns how it ended; a failure of the job is no rejection
 */
export type JobAttempt = (start: JobStart, hooks: AttemptHooks) => Promise<AttemptEnd>;
