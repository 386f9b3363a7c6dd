import { DomainError } from "@worldmodels/errors";
import type { Caller } from "./identify.js";

/** What one identity has used. */
interface Usage {
  /** Calls that may begin now; grows with time, to a second's worth. */
  tokens: number;
  /** When `tokens` was right, milliseconds. */
  atMs: number;
  calls: number;
  streams: number;
}

/** Keeps each identity within its limits; one's calls never count for another. */
export class CallQuota {
  readonly #usages = new Map<string, Usage>();
  readonly #now: () => number;

  /** @param now milliseconds that never go backwards */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /**
   * Counts a call that begins.
   *
   * @returns to be called when it has ended; twice is fine
   * @throws DomainError `resource-exhausted` saying whose limit it is, the number and when to try again
   */
  begin({ identity, limits }: Caller, isStream: boolean): () => void {
    const usage = this.#usageOf(identity, limits.callsPerSecond);
    const kind = isStream ? "streams" : "calls";
    const most = (isStream ? limits.streamsAtOnce : limits.callsAtOnce) ?? Infinity;
    if (usage[kind] >= most) {
      throw exhausted(
        `${identity} may have ${most} ${kind} open at once, and has them; try again when one has ended`,
      );
    }
    if (limits.callsPerSecond !== undefined) {
      if (usage.tokens < 1) {
        const seconds = (1 - usage.tokens) / limits.callsPerSecond;
        throw exhausted(
          `${identity} may make ${limits.callsPerSecond} calls a second, and has made them; try again in ${Math.ceil(seconds * 1000)} ms`,
        );
      }
      usage.tokens--;
    }
    usage[kind]++;
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      usage[kind]--;
    };
  }

  #usageOf(identity: string, perSecond: number | undefined): Usage {
    const now = this.#now();
    const found = this.#usages.get(identity);
    const usage = found ?? { tokens: Infinity, atMs: now, calls: 0, streams: 0 };
    // Without a limit there is no count: one that is set later begins with a full second.
    usage.tokens =
      perSecond === undefined
        ? Infinity
        : Math.min(perSecond, usage.tokens + ((now - usage.atMs) / 1000) * perSecond);
    usage.atMs = now;
    this.#usages.set(identity, usage);
    return usage;
  }
}

function exhausted(message: string): DomainError {
  return new DomainError("resource-exhausted", message);
}
