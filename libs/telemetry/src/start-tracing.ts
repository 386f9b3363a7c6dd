import { DomainError } from "@worldmodels/errors";
import { connect } from "node:net";
import { logEvent } from "./event-log.js";
import { useTracingBackend } from "./tracing.js";

export interface TracingOptions {
  /** As it is deployed, e.g. `encoder`. */
  readonly service: string;
  readonly version?: string;
  /** Told, once, that spans do not arrive; default: the log. */
  readonly onTrouble?: (sentence: string) => void;
}

/** Longest wait for the last spans to leave, so that a collector that hangs holds nobody up. */
const LAST_SPANS_MS = 3000;
/** One that does not take a connection within this is not there. */
const REACH_MS = 300;

let running:
  | { readonly endpoint: URL; readonly shutdown: () => Promise<void>; onTrouble(why: string): void }
  | undefined;

/**
 * Sends this process's spans to a collector, where OTEL_EXPORTER_OTLP_ENDPOINT names one; OpenTelemetry is loaded only then.
 * A collector that is not there is told of once, and slows nothing down.
 *
 * @throws DomainError `invalid-argument` for a variable that is wrong
 */
export async function startTracing(options: TracingOptions): Promise<void> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SDK_DISABLED: disabled } = process.env;
  if (endpoint === undefined || endpoint === "" || disabled === "true" || running !== undefined) return;
  const url = parseEndpoint(endpoint);
  const { openTelemetry } = await import("./open-telemetry.js");
  let hasTold = false;
  const tell = options.onTrouble ?? ((message) => logEvent("warning", { message }));
  const onTrouble = (why: string) => {
    if (hasTold) return;
    hasTold = true;
    tell(
      `traces do not reach ${endpoint} (${why}); those that do not are dropped, and the work goes on: ` +
        "start the collector, or unset OTEL_EXPORTER_OTLP_ENDPOINT",
    );
  };
  const { backend, shutdown } = openTelemetry(options, onTrouble);
  useTracingBackend(backend);
  running = { endpoint: url, shutdown, onTrouble };
}

/** Sends the spans that have not left yet, and traces no more. Takes a few seconds at most, and a moment without a collector. */
export async function stopTracing(): Promise<void> {
  if (running === undefined) return;
  const { endpoint, shutdown, onTrouble } = running;
  running = undefined;
  useTracingBackend(undefined);
  // The exporter would try for seconds, and everything that ends would wait for it.
  const why = await whyUnreachable(endpoint);
  if (why !== undefined) {
    onTrouble(why);
    return;
  }
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, LAST_SPANS_MS);
  });
  await Promise.race([shutdown(), late]);
  clearTimeout(timer);
}

/** @returns undefined where somebody takes a connection */
function whyUnreachable({ hostname, port, protocol }: URL): Promise<string | undefined> {
  return new Promise((resolve) => {
    const host = hostname.replace(/^\[|\]$/g, "");
    const socket = connect({ host, port: Number(port || (protocol === "https:" ? 443 : 80)) });
    const settle = (why: string | undefined) => {
      socket.destroy();
      resolve(why);
    };
    socket.setTimeout(REACH_MS, () => {
      settle(`no connection within ${REACH_MS} ms`);
    });
    socket.once("connect", () => {
      settle(undefined);
    });
    socket.once("error", ({ code, message }: NodeJS.ErrnoException) => {
      settle(code ?? message);
    });
  });
}

function parseEndpoint(endpoint: string): URL {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new DomainError(
      "invalid-argument",
      `OTEL_EXPORTER_OTLP_ENDPOINT = "${endpoint}" is no address of a collector; write http://host:4318, or unset it`,
    );
  }
  const protocol = process.env["OTEL_EXPORTER_OTLP_PROTOCOL"] ?? "";
  if (protocol === "grpc") {
    throw new DomainError(
      "invalid-argument",
      `OTEL_EXPORTER_OTLP_PROTOCOL = "grpc" is not spoken here; unset it, and name the collector's port for HTTP (4318)`,
    );
  }
  return url;
}
