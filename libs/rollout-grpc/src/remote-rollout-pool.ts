import { DomainError } from "@worldmodels/errors";
import { connect, connectOptionsFor, createClient } from "@worldmodels/grpc-kit";
import { RolloutServiceService } from "@worldmodels/proto/rollout";
import type { RolloutPool, RolloutSetup } from "@worldmodels/rollout-pool";
import type { Member } from "./member.js";
import { runRemotely } from "./run-remotely.js";
import { toSetupMessage } from "./to-evaluate-request.js";

export interface RemoteRolloutOptions {
  /** Of rollout services, one or more; they share one artifact store with the caller. One given twice counts once. */
  readonly addresses: readonly string[];
  /** Told of every service that was lost, and that others or itself, when it is back, play its episodes again. */
  readonly onDeath?: (sentence: string) => void;
  /** A run is given up when no service has been heard of for so long; default 60,000 ms. */
  readonly patienceMs?: number;
}

/**
 * Rollout services as a rollout pool: the same results as from local workers, byte for byte, whoever plays what. TLS and
 * token are as environment variables say (`connectOptionsFor`).
 *
 * `run` throws DomainError `unavailable` where no service answers for `patienceMs`, or all of them break off again and
 * again; what a service says is wrong with the tasks, it throws at once.
 *
 * @throws Error for a setup that records, or an agent without M; DomainError for a file of TLS that is missing or wrong
 */
export function createRemoteRolloutPool(setup: RolloutSetup, options: RemoteRolloutOptions): RolloutPool {
  const { onDeath, patienceMs = 60_000 } = options;
  const message = toSetupMessage(setup);
  const addresses = [...new Set(options.addresses)];
  if (addresses.length === 0) throw new Error("a remote rollout pool needs the address of a rollout service");
  const members = addresses.map((address): Member => {
    const connection = connect(address, connectOptionsFor(address));
    return {
      connection,
      client: createClient(RolloutServiceService, connection),
      state: "unknown",
      speed: undefined,
    };
  });
  const closed = new AbortController();
  let running = false;
  return {
    // Other machines' processes: neither their memory nor their numbers mean anything here.
    peakWorkerRssBytes: 0,
    pids: [],
    async run(tasks, runOptions = {}) {
      if (closed.signal.aborted) {
        throw new DomainError("failed-precondition", "this rollout pool has been closed");
      }
      if (running) {
        throw new DomainError("failed-precondition", "this rollout pool is already running a list of tasks");
      }
      running = true;
      const { signal } = runOptions;
      try {
        return await runRemotely(message, tasks, {
          ...runOptions,
          members,
          patienceMs,
          signal: signal === undefined ? closed.signal : AbortSignal.any([signal, closed.signal]),
          ...(onDeath && { onDeath }),
        });
      } finally {
        running = false;
      }
    },
    close() {
      closed.abort(new DomainError("cancelled", "the rollout pool was closed"));
      for (const { connection } of members) connection.close();
    },
  };
}
