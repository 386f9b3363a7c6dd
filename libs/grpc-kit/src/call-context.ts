/** What a handler knows of its call besides the request. */
export interface CallContext {
  /** Aborted when the caller goes, its deadline passes or the service stops; the reason is a DomainError that says which. */
  readonly signal: AbortSignal;
  /** Milliseconds since 1970 at which the caller stops waiting, or Infinity. */
  readonly deadlineMs: number;
  /** The caller's address as the transport shows it. */
  readonly peer: string;
}
