/** Who asked for a job. Part of no result and no key: the same job may be asked for by many, and the first is named. */
export interface JobOrigin {
  /** Name of the run that it is a stage of. */
  readonly run?: string | undefined;
  /** Who the caller has shown to be. */
  readonly identity?: string | undefined;
  /** The span that it was asked for in, as W3C's header has it. */
  readonly traceparent?: string | undefined;
}
