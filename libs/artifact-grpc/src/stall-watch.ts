import { DomainError } from "@worldmodels/errors";

/** Ends a transfer that stands still: a connection may be half dead without anybody being told. */
export interface StallWatch {
  /** Aborted with `deadline-exceeded` when a wait took too long, or as the caller's own signal is. */
  readonly signal: AbortSignal;
  /** What `work` comes to. While it is waited for the time runs, and only then. */
  during<T>(work: Promise<T>): Promise<T>;
}

/** @param what is transferred, as the sentence names it */
export function createStallWatch(stallMs: number, what: string, signal: AbortSignal | undefined): StallWatch {
  const stalled = new AbortController();
  return {
    signal: signal === undefined ? stalled.signal : AbortSignal.any([signal, stalled.signal]),
    async during(work) {
      const timer = setTimeout(() => {
        const sentence = `nothing of ${what} has moved for ${stallMs / 1000} s; look at the network, and give the command again`;
        stalled.abort(new DomainError("deadline-exceeded", sentence));
      }, stallMs);
      try {
        return await work;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
