import { status as Status } from "@grpc/grpc-js";
import type { Metadata } from "@grpc/grpc-js";
import { gauge, histogram, isTracing, startSpan } from "@worldmodels/telemetry";
import type { HistogramCell, OpenSpan } from "@worldmodels/telemetry";

/** Name of the run that a call is made for, in a call's metadata. */
export const RUN_HEADER = "worldmodels-run";
/** Where a call belongs in a trace, as W3C has it, in a call's metadata. */
export const TRACE_HEADER = "traceparent";

/** Health is asked for all the time, and is part of nothing. */
const UNTRACED = "/grpc.health.v1.Health/";

/** One call, from its request to its end. */
export interface CallRecord {
  readonly span: OpenSpan;
  /** @param code google.rpc.Code that the caller gets */
  end(code: number, failure?: unknown): void;
}

/**
 * Counts and times the calls of a served method, and makes each a span of the caller's trace.
 *
 * @param path e.g. `/worldmodels.encoder.v1.EncoderService/Encode`
 */
export function methodTelemetry(path: string): { begin(metadata: Metadata): CallRecord } {
  const [, service = "", method = ""] = path.split("/");
  const inFlight = gauge("worldmodels_rpcs_in_flight", { service, method });
  // By number, so that a call makes no text.
  const seconds: (HistogramCell | undefined)[] = [];
  const cellOf = (code: number): HistogramCell =>
    (seconds[code] ??= histogram("worldmodels_rpc_seconds", { service, method, code: nameOf(code) }));
  const isTraced = !path.startsWith(UNTRACED);
  return {
    begin(metadata) {
      const startMs = performance.now();
      inFlight.add(1);
      const span = isTraced && isTracing() ? startServerSpan(path, service, method, metadata) : startSpan("");
      return {
        span,
        end(code, failure) {
          inFlight.add(-1);
          cellOf(code).observe((performance.now() - startMs) / 1000);
          span.set({ "rpc.grpc.status_code": code });
          span.end(failure);
        },
      };
    },
  };
}

/** A span for a call to another service; it is ended with how the call ended. */
export function startClientSpan(path: string, address: string): OpenSpan {
  if (!isTracing()) return startSpan("");
  const [, service = "", method = ""] = path.split("/");
  return startSpan(path.slice(1), {
    kind: "client",
    attributes: {
      "rpc.system": "grpc",
      "rpc.service": service,
      "rpc.method": method,
      "server.address": address,
    },
  });
}

function startServerSpan(path: string, service: string, method: string, metadata: Metadata): OpenSpan {
  const [parent] = metadata.get(TRACE_HEADER);
  return startSpan(path.slice(1), {
    kind: "server",
    parent: typeof parent === "string" ? parent : undefined,
    attributes: { "rpc.system": "grpc", "rpc.service": service, "rpc.method": method },
  });
}

function nameOf(code: number): string {
  return Status[code] ?? String(code);
}
