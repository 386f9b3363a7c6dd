import type { ErrorCode } from "@worldmodels/errors";

/** A call that a server turned away at its door. */
export interface Refusal {
  readonly method: string;
  /** The caller's address as the transport shows it. */
  readonly peer: string;
  /** Who it was, where that is known. */
  readonly identity: string | undefined;
  readonly code: ErrorCode;
  readonly reason: string;
}

/** The same caller's refusals of one kind are one line in this time. */
const EVERY_MS = 10_000;
/** So many callers are told apart; strangers can have any number of addresses. */
const MOST_CALLERS = 1000;

/**
 * Refusals for a log that nobody can flood: of one caller and kind the first, and then one every ten seconds with how many
 * there were.
 *
 * @param now milliseconds
 */
export function createRefusalLog(
  log: (facts: Refusal & { readonly times: number }) => void,
  now: () => number = () => performance.now(),
): (refusal: Refusal) => void {
  const known = new Map<string, { readonly atMs: number; untold: number }>();
  return (refusal) => {
    const caller = refusal.identity ?? refusal.peer.replace(/:\d+$/, "");
    const key = `${caller} ${refusal.code}`;
    const last = known.get(key);
    if (last !== undefined && now() - last.atMs < EVERY_MS) {
      last.untold++;
      return;
    }
    if (last === undefined && known.size >= MOST_CALLERS) known.clear();
    known.set(key, { atMs: now(), untold: 0 });
    log({ ...refusal, times: 1 + (last?.untold ?? 0) });
  };
}
