import type { DomainError } from "@worldmodels/errors";
import { isDomainError } from "@worldmodels/errors";
import { setTimeout as sleep } from "node:timers/promises";
import type { Connection } from "./connect.js";

/** What whoever follows a service through its restarts knows of it. */
export interface ServiceContact {
  /** It has answered: an outage, if there was one, is over. */
  found(): void;
  /** Something has come of it: the next loss is met with a short pause again. */
  moved(): void;
  /**
   * A call has failed. Returns after a pause, longer from loss to loss, when the service may be asked again.
   *
   * @throws the signal's reason; `error` itself where it is no loss of contact; what `giveUp` makes where patience has ended
   */
  lost(error: unknown): Promise<void>;
}

export interface ServiceContactOptions {
  /** Read anew for each sentence: a service that was started again may be elsewhere. */
  readonly connection: Pick<Connection, "address">;
  /** How long the service may be out of reach. */
  readonly patienceMs: number;
  readonly signal: AbortSignal | undefined;
  /** Told that contact is lost, and that it is back. */
  readonly onContact: ((sentence: string) => void) | undefined;
  /** @param outage a phrase that says which service was out of reach, for how long and why */
  readonly giveUp: (outage: string, cause: DomainError) => DomainError;
}

const RETRY_MS = { first: 100, most: 2000 };

export function createServiceContact(options: ServiceContactOptions): ServiceContact {
  const { connection, patienceMs, signal, onContact, giveUp } = options;
  let lostMs: number | undefined;
  let retryMs = RETRY_MS.first;
  return {
    found() {
      if (lostMs !== undefined) onContact?.(`the service at ${connection.address} is back`);
      lostMs = undefined;
    },
    moved() {
      retryMs = RETRY_MS.first;
    },
    async lost(error) {
      signal?.throwIfAborted();
      if (!isDomainError(error, "unavailable") && !isDomainError(error, "deadline-exceeded")) throw error;
      if (lostMs === undefined) {
        onContact?.(
          `the service at ${connection.address} is out of reach (${error.message}); waiting for it`,
        );
      }
      lostMs ??= performance.now();
      if (performance.now() - lostMs >= patienceMs) {
        throw giveUp(
          `the service at ${connection.address} was out of reach for ${patienceMs / 1000} s (${error.message})`,
          error,
        );
      }
      await sleep(retryMs, undefined, signal && { signal }).catch(() => {
        signal?.throwIfAborted();
      });
      retryMs = Math.min(2 * retryMs, RETRY_MS.most);
    },
  };
}
