import { ROOT_CONTEXT, SpanKind, SpanStatusCode, context, propagation, trace } from "@opentelemetry/api";
import type { Context, Span } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator, setGlobalErrorHandler } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import type { OpenSpan, SpanOptions, TracingBackend } from "./tracing.js";

const KINDS = { server: SpanKind.SERVER, client: SpanKind.CLIENT, internal: SpanKind.INTERNAL } as const;

/** Spans wait so long for others that leave with them. */
const BATCH_MS = 1000;

/**
 * OpenTelemetry's SDK as what traces. The exporter and the sampler read its own variables (OTEL_EXPORTER_OTLP_…,
 * OTEL_TRACES_SAMPLER, OTEL_RESOURCE_ATTRIBUTES).
 *
 * @param onTrouble told whenever spans could not be sent
 */
export function openTelemetry(
  { service, version }: { readonly service: string; readonly version?: string },
  onTrouble: (why: string) => void,
): { readonly backend: TracingBackend; readonly shutdown: () => Promise<void> } {
  setGlobalErrorHandler((error) => {
    onTrouble(reasonOf(error));
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  const provider = new BasicTracerProvider({
    resource: detectResources({ detectors: [envDetector] }).merge(
      resourceFromAttributes({
        "service.name": service,
        "process.pid": process.pid,
        ...(version !== undefined && { "service.version": version }),
      }),
    ),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter(), { scheduledDelayMillis: BATCH_MS })],
  });
  const tracer = provider.getTracer("worldmodels");
  return {
    backend: {
      startSpan(name, { kind = "internal", parent, attributes = {} }: SpanOptions) {
        const within = parent === undefined ? context.active() : contextOf(parent);
        return openSpan(
          tracer.startSpan(name, { kind: KINDS[kind], attributes: { ...attributes } }, within),
          within,
        );
      },
      active() {
        const span = trace.getSpan(context.active());
        return span && { traceparent: headerOf(context.active()), traceId: span.spanContext().traceId };
      },
    },
    shutdown: () =>
      provider.shutdown().catch((error: unknown) => {
        onTrouble(reasonOf(error));
      }),
  };
}

function openSpan(span: Span, within: Context): OpenSpan {
  const own = trace.setSpan(within, span);
  return {
    traceparent: headerOf(own),
    traceId: span.spanContext().traceId,
    set: (attributes) => void span.setAttributes({ ...attributes }),
    run: (work) => context.with(own, work),
    end(failure) {
      if (failure !== undefined) {
        const message = failure instanceof Error ? failure.message : failure;
        span.setStatus({ code: SpanStatusCode.ERROR, ...(typeof message === "string" && { message }) });
      }
      span.end();
    },
  };
}

function contextOf(traceparent: string): Context {
  return propagation.extract(ROOT_CONTEXT, { traceparent });
}

function headerOf(of: Context): string {
  const carrier: { traceparent?: string } = {};
  propagation.inject(of, carrier);
  return carrier.traceparent ?? "";
}

/** The error of a connection that nobody takes has a code, and often no message. */
function reasonOf(error: unknown): string {
  const { code, message, errors } = error as { code?: unknown; message?: string; errors?: unknown[] };
  const inner = errors?.[0] as { message?: string } | undefined;
  return (
    [message, inner?.message, typeof code === "string" ? code : undefined].find(Boolean) ?? String(error)
  );
}
