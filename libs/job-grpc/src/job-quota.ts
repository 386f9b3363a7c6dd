import { DomainError, isDomainError } from "@worldmodels/errors";
import type { CallContext } from "@worldmodels/grpc-kit";
import { createJobTurns, hasEnded } from "@worldmodels/jobs";
import type { JobManager, JobRecord } from "@worldmodels/jobs";

/**
 * Keeps each identity within the jobs that it may have at once, waiting ones included. A job that somebody has already is
 * nobody's second one. Forgotten when the service stops: jobs that go on after that count for nobody.
 */
export class JobQuota {
  readonly #keys = new Map<string, Set<string>>();
  /** One start of an identity at a time, so that two do not take the last place together. */
  readonly #turns = createJobTurns();

  constructor(private readonly manager: Pick<JobManager, "get">) {}

  /**
   * Starts a job for a caller.
   *
   * @param key the job's
   * @throws DomainError `resource-exhausted` saying whose limit it is, the number and which jobs they are; what `start` throws
   */
  async start(
    { identity, limits }: Pick<CallContext, "identity" | "limits">,
    key: string,
    start: () => Promise<JobRecord>,
  ): Promise<JobRecord> {
    const most = limits?.jobsAtOnce;
    if (identity === undefined || most === undefined) return start();
    return this.#turns.take(identity, async () => {
      const keys = await this.#unfinished(identity);
      if (!keys.has(key) && keys.size >= most) {
        const which = [...keys].map((each) => each.slice(0, 12)).join(", ");
        throw new DomainError(
          "resource-exhausted",
          `${identity} may have ${most} jobs at once, and has them (${which}); try again when one has ended, or cancel one`,
        );
      }
      const record = await start();
      if (!hasEnded(record)) keys.add(key);
      return record;
    });
  }

  /** The jobs that count for an identity, less those that have ended. */
  async #unfinished(identity: string): Promise<Set<string>> {
    const keys = this.#keys.get(identity) ?? new Set();
    this.#keys.set(identity, keys);
    for (const key of keys) {
      const record = await this.manager.get(key).catch((error: unknown) => {
        if (!isDomainError(error, "not-found")) throw error;
        return undefined;
      });
      if (record === undefined || hasEnded(record)) keys.delete(key);
    }
    return keys;
  }
}
