/** What is known of a span; plain values. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

export interface SpanOptions {
  /** Which side of a call it is; default: neither. */
  readonly kind?: "server" | "client" | "internal";
  /** The span that it belongs to, as W3C's header `traceparent` has it; default: the one that is under way here. */
  readonly parent?: string | undefined;
  readonly attributes?: SpanAttributes;
}

/** A piece of work with a beginning, an end, and a place in a trace. */
export interface OpenSpan {
  /** For whoever works on in another process; undefined where nothing is traced. */
  readonly traceparent: string | undefined;
  /** 32 hex digits, or undefined. */
  readonly traceId: string | undefined;
  set(attributes: SpanAttributes): void;
  /** Does some work as part of the span: spans begun in it belong to it. */
  run<T>(work: () => T): T;
  /** @param failure what went wrong, if anything did */
  end(failure?: unknown): void;
}

/** What really traces; there is one while spans are sent somewhere. */
export interface TracingBackend {
  startSpan(name: string, options: SpanOptions): OpenSpan;
  active(): { readonly traceparent: string; readonly traceId: string } | undefined;
}

let backend: TracingBackend | undefined;

/** Nothing is traced, so one span is as good as any. */
const NO_SPAN: OpenSpan = {
  traceparent: undefined,
  traceId: undefined,
  set: () => undefined,
  run: (work) => work(),
  end: () => undefined,
};

export function useTracingBackend(next: TracingBackend | undefined): void {
  backend = next;
}

/** Whether spans are sent somewhere; what costs something is done only then. */
export function isTracing(): boolean {
  return backend !== undefined;
}

/** Begins a span, which the caller ends. */
export function startSpan(name: string, options: SpanOptions = {}): OpenSpan {
  return backend === undefined ? NO_SPAN : backend.startSpan(name, options);
}

/** Does some work as a span of its own, which fails as the work does. */
export async function withSpan<T>(
  name: string,
  options: SpanOptions,
  work: (span: OpenSpan) => Promise<T>,
): Promise<T> {
  const span = startSpan(name, options);
  try {
    const result = await span.run(() => work(span));
    span.end();
    return result;
  } catch (error) {
    span.end(error);
    throw error;
  }
}

/** The span that is under way here, as W3C's header `traceparent` has it. */
export function currentTraceparent(): string | undefined {
  return backend?.active()?.traceparent;
}

/** The trace that is under way here: 32 hex digits. */
export function currentTraceId(): string | undefined {
  return backend?.active()?.traceId;
}

/** The trace that a `traceparent` is of, or undefined where it is none. */
export function traceIdOf(traceparent: string | undefined): string | undefined {
  return /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/.exec(traceparent ?? "")?.[1];
}
