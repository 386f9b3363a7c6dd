import { DomainError } from "@worldmodels/errors";
import { createClient, createServiceContact } from "@worldmodels/grpc-kit";
import type { Connection } from "@worldmodels/grpc-kit";
import { JobServiceService, JobState } from "@worldmodels/proto/job";
import type { Job, WatchJobResponse } from "@worldmodels/proto/job";

export interface FollowOptions {
  readonly connection: Connection;
  /** Starts the job, or finds it: called again whenever contact was lost. */
  readonly start: () => Promise<Job>;
  readonly onEvent: (event: WatchJobResponse) => void;
  /** Told that contact is lost, and that it is back. */
  readonly onContact: (sentence: string) => void;
  readonly signal: AbortSignal | undefined;
  /** How long the service may be out of reach. */
  readonly patienceMs: number;
}

/**
 * Starts a job at a service and follows it to its end. A service that is killed and comes back goes on with its jobs, so
 * the job is asked for again and followed from the last event seen: nothing is told twice, nothing is missed.
 *
 * @returns the job, ended
 * @throws DomainError as the service refuses the job; `unavailable` where it is out of reach for longer than
 *   `patienceMs`; the signal's reason
 */
export async function followJob(options: FollowOptions): Promise<Job> {
  const { connection, start, signal, patienceMs, onContact } = options;
  const jobs = createClient(JobServiceService, connection);
  const contact = createServiceContact({ connection, patienceMs, signal, onContact, giveUp });
  let seen = { firstBegun: 0n, sequence: 0n };
  for (;;) {
    try {
      let job = await start();
      contact.found();
      // A service that has lost its disk begins the job anew, and counts its events from 1 again.
      if (job.startedUnixMs !== seen.firstBegun) seen = { firstBegun: job.startedUnixMs, sequence: 0n };
      for await (const event of jobs.watchJob({ id: job.id, after: seen.sequence }, { signal })) {
        options.onEvent(event);
        seen = { ...seen, sequence: event.sequence };
        job = event.job ?? job;
        contact.moved();
      }
      if (hasEnded(job)) return job;
      throw new DomainError("unavailable", "it ended the stream before the job had ended");
    } catch (error) {
      await contact.lost(error);
    }
  }
}

function hasEnded({ state }: Job): boolean {
  return (
    state === JobState.JOB_STATE_SUCCEEDED ||
    state === JobState.JOB_STATE_FAILED ||
    state === JobState.JOB_STATE_CANCELLED
  );
}

function giveUp(outage: string, cause: DomainError): DomainError {
  const sentence = `${outage}; start it again and repeat the command: the job goes on from its checkpoint`;
  return new DomainError("unavailable", sentence, { cause });
}
