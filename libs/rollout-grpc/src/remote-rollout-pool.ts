import { DomainError } from "@worldmodels/errors";
import type { RolloutPool, RolloutSetup } from "@worldmodels/rollout-pool";
import { toPortableSetup } from "./portable-setup.js";
import type { PortableSetup } from "./portable-setup.js";
import { createRoster } from "./roster.js";
import type { LookUp } from "./roster.js";
import { runRemotely } from "./run-remotely.js";
import { toSetupMessage } from "./to-evaluate-request.js";

export interface RemoteRolloutOptions {
  /**
   * Of rollout services, one or more. One given twice counts once. `dns:///rollout:50055` is all that the name leads to: they
   * are given even shares, and who comes while a run is on joins in.
   */
  readonly addresses: readonly string[];
  /** Told of every service that was lost, and that others or itself, when it is back, play its episodes again. */
  readonly onDeath?: (sentence: string) => void;
  /** A run is given up when no service has been heard of for so long; default 60,000 ms. */
  readonly patienceMs?: number;
  /** How names of `dns:` addresses are looked up; default: as this machine does. */
  readonly lookUp?: LookUp;
}

/**
 * Rollout services as a rollout pool: the same results as from local workers, byte for byte, whoever plays what. Models that
 * a service does not have in its store are put there first. TLS and token are as environment variables say (`connectOptionsFor`).
 *
 * `run` throws DomainError `unavailable` where no service answers for `patienceMs`, or all of them break off again and
 * again; what a service says is wrong with the tasks, it throws at once.
 *
 * @throws Error for a setup that records, or an agent without M; DomainError for a file of TLS that is missing or wrong
 */
export function createRemoteRolloutPool(setup: RolloutSetup, options: RemoteRolloutOptions): RolloutPool {
  const { onDeath, patienceMs = 60_000 } = options;
  const message = toSetupMessage(setup);
  let portable: Promise<PortableSetup> | undefined;
  const addresses = [...new Set(options.addresses)];
  if (addresses.length === 0) throw new Error("a remote rollout pool needs the address of a rollout service");
  const roster = createRoster(addresses, options.lookUp);
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
        portable ??= toPortableSetup(setup);
        const { env, needs } = await portable;
        await roster.refresh({ forgetLost: true });
        return await runRemotely({ ...message, env }, tasks, {
          ...runOptions,
          roster,
          needs,
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
      roster.close();
    },
  };
}
