import type { ClientLimits } from "./clients-file.js";

/** Who called, for logs. */
export type Caller = Pick<CallContext, "identity" | "run">;

/** What a handler knows of its call besides the request. */
export interface CallContext {
  /** Aborted when the caller goes, its deadline passes or the service stops; the reason is a DomainError that says which. */
  readonly signal: AbortSignal;
  /** Milliseconds since 1970 at which the caller stops waiting, or Infinity. */
  readonly deadlineMs: number;
  /** The caller's address as the transport shows it. */
  readonly peer: string;
  /** Whose token or certificate the call brought; absent where callers need not say. */
  readonly identity?: string | undefined;
  /** What that identity may ask for; calls and streams are kept within it already. */
  readonly limits?: ClientLimits | undefined;
  /** Name of the run that the call is made for, where its caller says one; at most 200 characters. */
  readonly run?: string | undefined;
}
