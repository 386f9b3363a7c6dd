import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

/** A span as it arrived. */
export interface ReceivedSpan {
  readonly name: string;
  /** Of the process that sent it. */
  readonly service: string;
  readonly pid: number;
  readonly traceId: string;
  readonly spanId: string;
  /** Undefined for a root. */
  readonly parentSpanId: string | undefined;
  readonly failed: boolean;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** A collector for tests, which keeps what it gets. */
export interface TraceReceiver {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  readonly endpoint: string;
  /** All that has come so far. */
  readonly spans: readonly ReceivedSpan[];
  /** Resolves as soon as `holds` does; looks whenever spans have come. */
  until(holds: (spans: readonly ReceivedSpan[]) => boolean): Promise<void>;
  close(): Promise<void>;
}

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/** An export request of OTLP in JSON, as far as it is read here. */
interface ExportRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly {
      readonly spans: readonly {
        readonly name: string;
        readonly traceId: string;
        readonly spanId: string;
        readonly parentSpanId?: string;
        readonly attributes?: readonly Attribute[];
        readonly status?: { readonly code?: number };
      }[];
    }[];
  }[];
}

const STATUS_ERROR = 2;

/** Takes spans at a free port of this machine, as OTLP over HTTP in JSON. */
export async function startTraceReceiver(): Promise<TraceReceiver> {
  const spans: ReceivedSpan[] = [];
  const looks = new Set<() => void>();
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      spans.push(...readSpans(body as ExportRequest));
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
      for (const look of looks) look();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    until: (holds) =>
      new Promise((resolve) => {
        const look = () => {
          if (!holds(spans)) return;
          looks.delete(look);
          resolve();
        };
        looks.add(look);
        look();
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function readSpans({ resourceSpans }: ExportRequest): ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const of = read(resource.attributes);
    return scopeSpans.flatMap(({ spans }) =>
      spans.map(({ name, traceId, spanId, parentSpanId = "", attributes = [], status }) => ({
        name,
        service: String(of["service.name"]),
        pid: Number(of["process.pid"]),
        traceId,
        spanId,
        parentSpanId: parentSpanId === "" ? undefined : parentSpanId,
        failed: status?.code === STATUS_ERROR,
        attributes: read(attributes),
      })),
    );
  });
}

function read(attributes: readonly Attribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
