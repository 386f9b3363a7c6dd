import { canonicalJson } from "@worldmodels/artifacts";
import type { JsonValue } from "@worldmodels/artifacts";
import { DomainError } from "@worldmodels/errors";
import type { RolloutPool, RolloutSetup } from "@worldmodels/rollout-pool";

export interface PoolKeeperOptions {
  readonly createPool: (setup: RolloutSetup) => RolloutPool;
  /** Pools that may be there at once, 1 or more. */
  readonly maxPools: number;
  /** Callers that may wait for a pool, 0 or more. */
  readonly maxWaiting: number;
  /** A pool that nobody has used for so long is closed. */
  readonly idleMs: number;
}

/** A pool that its holder alone uses until it is given back. */
export interface HeldPool {
  readonly pool: RolloutPool;
  giveBack(): void;
}

/** Keeps the workers of recent setups, since loading their models again would cost more than many a call. */
export interface PoolKeeper {
  /**
   * Waits until the setup's pool is free and gives it to the caller. Those who wait are served in their order.
   *
   * @throws DomainError `resource-exhausted` where too many wait; the signal's reason
   */
  take(setup: RolloutSetup, signal: AbortSignal): Promise<HeldPool>;
  /** Closes all pools, those in use included. */
  close(): void;
}

interface Kept {
  readonly key: string;
  readonly pool: RolloutPool;
  busy: boolean;
  idle: NodeJS.Timeout | undefined;
}

interface Waiter {
  readonly key: string;
  readonly setup: RolloutSetup;
  grant(held: HeldPool): void;
}

export function createPoolKeeper(options: PoolKeeperOptions): PoolKeeper {
  const { createPool, maxPools, maxWaiting, idleMs } = options;
  /** The least recently used first. */
  const kept = new Map<string, Kept>();
  const waiting: Waiter[] = [];

  const drop = (entry: Kept) => {
    clearTimeout(entry.idle);
    kept.delete(entry.key);
    entry.pool.close();
  };

  /** The setup's pool, if it can be had now. */
  const tryTake = (key: string, setup: RolloutSetup): HeldPool | undefined => {
    let entry = kept.get(key);
    if (entry === undefined) {
      if (kept.size >= maxPools) {
        const oldest = [...kept.values()].find(({ busy }) => !busy);
        if (oldest === undefined) return undefined;
        drop(oldest);
      }
      entry = { key, pool: createPool(setup), busy: false, idle: undefined };
      kept.set(key, entry);
    }
    if (entry.busy) return undefined;
    clearTimeout(entry.idle);
    entry.busy = true;
    return hold(entry);
  };

  const hold = (entry: Kept): HeldPool => ({
    pool: entry.pool,
    giveBack: () => {
      if (!entry.busy || kept.get(entry.key) !== entry) return;
      entry.busy = false;
      kept.delete(entry.key);
      kept.set(entry.key, entry);
      entry.idle = setTimeout(() => {
        drop(entry);
      }, idleMs).unref();
      for (const waiter of [...waiting]) {
        const held = tryTake(waiter.key, waiter.setup);
        if (held === undefined) continue;
        waiting.splice(waiting.indexOf(waiter), 1);
        waiter.grant(held);
      }
    },
  });

  return {
    take(setup, signal) {
      return new Promise((resolve, reject) => {
        signal.throwIfAborted();
        const key = canonicalJson(setup as unknown as JsonValue);
        const held = tryTake(key, setup);
        if (held !== undefined) {
          resolve(held);
          return;
        }
        if (waiting.length >= maxWaiting) {
          const busy = [...kept.values()].filter((entry) => entry.busy).length;
          throw new DomainError(
            "resource-exhausted",
            `${busy} evaluations are running and ${waiting.length} of at most ${maxWaiting} are waiting; ask again later`,
          );
        }
        const leave = () => {
          waiting.splice(waiting.indexOf(waiter), 1);
          reject(signal.reason as Error);
        };
        const waiter: Waiter = {
          key,
          setup,
          grant: (granted) => {
            signal.removeEventListener("abort", leave);
            resolve(granted);
          },
        };
        waiting.push(waiter);
        signal.addEventListener("abort", leave, { once: true });
      });
    },
    close() {
      for (const entry of [...kept.values()]) drop(entry);
    },
  };
}
