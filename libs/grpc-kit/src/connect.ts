import { Client, Metadata, status as Status } from "@grpc/grpc-js";
import type { ClientDuplexStream, ClientReadableStream, ServiceError } from "@grpc/grpc-js";
import { DomainError } from "@worldmodels/errors";
import { once } from "node:events";
import { clientCredentials } from "./credentials.js";
import type { ClientTls } from "./credentials.js";
import type { MethodDefinition } from "./service-handlers.js";
import { fromStatus } from "./status.js";

export interface ConnectOptions {
  readonly tls?: ClientTls | undefined;
  readonly token?: string | undefined;
  /** Largest message taken in, bytes; default: no limit. */
  readonly maxMessageBytes?: number;
}

export interface CallOptions {
  /** Ends the call; the reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/** A stream in both directions. */
export interface DuplexCall<Request, Response> {
  /** Resolves when there is room for more: await it, or memory grows with a slow server. */
  send(request: Request): Promise<void>;
  /** Nothing more will be sent. */
  end(): void;
  /** Ends the call at once. */
  cancel(): void;
  /** To be read once. Throws what the call failed with. */
  readonly responses: AsyncIterable<Response>;
}

/** A channel to a service, with async calls. Expensive to make, cheap to keep: one per process and service. */
export interface Connection {
  /** As it was given to `connect`. */
  readonly address: string;
  /** @param deadlineMs milliseconds from now: a call without an end may hang for ever where the network is half dead */
  unary<Q, R>(
    method: MethodDefinition<Q, R>,
    request: Q,
    options: CallOptions & { readonly deadlineMs: number },
  ): Promise<R>;
  serverStream<Q, R>(method: MethodDefinition<Q, R>, request: Q, options?: CallOptions): AsyncIterable<R>;
  duplex<Q, R>(method: MethodDefinition<Q, R>, options?: CallOptions): DuplexCall<Q, R>;
  close(): void;
}

/** HTTP/2's own 64 kB would halve the speed of pictures (grpc-js reads this option at the client alone). */
const FLOW_CONTROL_WINDOW = 8 * 2 ** 20;

/**
 * Opens a connection; whether anybody answers shows in the first call.
 *
 * @param address `unix:/path`, `host:port`, or a grpc-js target such as `dns:///rollout:50055`, whose calls are dealt out in turn
 */
export function connect(address: string, options: ConnectOptions = {}): Connection {
  const client = new Client(address, clientCredentials(options.tls), {
    "grpc.max_receive_message_length": options.maxMessageBytes ?? -1,
    "grpc.max_send_message_length": -1,
    "grpc-node.flow_control_window": FLOW_CONTROL_WINDOW,
    "grpc.keepalive_time_ms": 30_000,
    "grpc.keepalive_timeout_ms": 15_000,
    "grpc.keepalive_permit_without_calls": 1,
    "grpc.initial_reconnect_backoff_ms": 100,
    "grpc.max_reconnect_backoff_ms": 2000,
    "grpc.service_config": JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
  });
  const metadata = () => {
    const made = new Metadata();
    if (options.token !== undefined) made.set("authorization", `Bearer ${options.token}`);
    return made;
  };
  const from = `the service at ${address}`;
  const explain = (error: unknown, signal: AbortSignal | undefined): unknown => {
    if (signal?.aborted === true) return signal.reason;
    return isServiceError(error)
      ? fromStatus(error.code, hintAtTls(error, options.tls !== undefined), from)
      : error;
  };
  return {
    address,
    unary<Q, R>(
      method: MethodDefinition<Q, R>,
      request: Q,
      { deadlineMs, signal }: CallOptions & { deadlineMs: number },
    ) {
      return new Promise<R>((resolve, reject) => {
        signal?.throwIfAborted();
        const call = client.makeUnaryRequest(
          method.path,
          method.requestSerialize,
          method.responseDeserialize,
          request,
          metadata(),
          { deadline: Date.now() + deadlineMs },
          (error, response) => {
            signal?.removeEventListener("abort", cancel);
            if (error !== null) reject(explain(error, signal) as Error);
            else if (response === undefined) reject(new Error(`${from} gave no answer to ${method.path}`));
            else resolve(response);
          },
        );
        const cancel = () => {
          call.cancel();
        };
        signal?.addEventListener("abort", cancel, { once: true });
      });
    },
    serverStream<Q, R>(method: MethodDefinition<Q, R>, request: Q, { signal }: CallOptions = {}) {
      const { path, requestSerialize, responseDeserialize } = method;
      const call = client.makeServerStreamRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        metadata(),
      );
      return read(call, signal, explain);
    },
    duplex<Q, R>(method: MethodDefinition<Q, R>, { signal }: CallOptions = {}): DuplexCall<Q, R> {
      const { path, requestSerialize, responseDeserialize } = method;
      const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, metadata());
      const ended = new AbortController();
      call.on("error", () => {
        ended.abort();
      });
      call.on("end", () => {
        ended.abort();
      });
      return {
        async send(message) {
          if (ended.signal.aborted) return;
          // A stream that breaks is reported by `responses`, where its reason is known.
          if (!call.write(message))
            await once(call, "drain", { signal: ended.signal }).catch(() => undefined);
        },
        end: () => {
          call.end();
        },
        cancel: () => {
          call.cancel();
        },
        responses: read(call, signal, explain),
      };
    },
    close: () => {
      client.close();
    },
  };
}

async function* read<R>(
  call: ClientReadableStream<R> | ClientDuplexStream<never, R>,
  signal: AbortSignal | undefined,
  explain: (error: unknown, signal: AbortSignal | undefined) => unknown,
): AsyncGenerator<R, void, void> {
  const cancel = () => {
    call.cancel();
  };
  call.on("error", () => undefined);
  if (signal?.aborted === true) cancel();
  else signal?.addEventListener("abort", cancel, { once: true });
  try {
    for await (const response of call) yield response as R;
  } catch (error) {
    throw explain(error, signal);
  } finally {
    signal?.removeEventListener("abort", cancel);
    call.cancel();
  }
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && typeof (error as ServiceError).code === "number";
}

/** What TLS at one end alone looks like from here says little; the sentence says it. */
function hintAtTls({ code, details }: ServiceError, secure: boolean): string {
  if (code !== Status.UNAVAILABLE) return details;
  if (secure && /wrong version number|packet length too long|EPROTO/i.test(details)) {
    return `it does not speak TLS, and this client does: ${details}`;
  }
  if (!secure && /Protocol error|ERR_HTTP2|ECONNRESET|Connection dropped|closed/i.test(details)) {
    return `${details}; if it asks for TLS, give this client a certificate authority`;
  }
  return details;
}

/**
 * Waits until a service says that it is well.
 *
 * @throws DomainError `deadline-exceeded` naming the address and what was last heard
 */
export async function waitUntilServing(
  connection: Connection,
  options: { readonly service?: string; readonly timeoutMs: number; readonly signal?: AbortSignal },
): Promise<void> {
  const end = Date.now() + options.timeoutMs;
  let last = "no answer yet";
  while (Date.now() < end) {
    options.signal?.throwIfAborted();
    try {
      const left = Math.max(1, Math.min(1000, end - Date.now()));
      const state = await checkHealth(connection, { service: options.service ?? "", deadlineMs: left });
      if (state === "SERVING") return;
      last = `it says ${state}`;
    } catch (error) {
      last = (error as Error).message;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new DomainError(
    "deadline-exceeded",
    `${connection.address} was not serving within ${options.timeoutMs / 1000} s: ${last}`,
  );
}

/** What a service says of itself: grpc.health.v1. */
export async function checkHealth(
  connection: Connection,
  options: { readonly service?: string; readonly deadlineMs: number; readonly signal?: AbortSignal },
): Promise<"UNKNOWN" | "SERVING" | "NOT_SERVING"> {
  // Two messages of one field each: {1: service name} and {1: state}; not worth a generated contract.
  const bytes = await connection.unary(healthCheck, Buffer.from(options.service ?? ""), options);
  const state = bytes.length >= 2 && bytes[0] === 0x08 ? bytes[1] : 0;
  return state === 1 ? "SERVING" : state === 2 ? "NOT_SERVING" : "UNKNOWN";
}

const healthCheck: MethodDefinition<Buffer, Buffer> = {
  path: "/grpc.health.v1.Health/Check",
  requestStream: false,
  responseStream: false,
  requestSerialize: (name) =>
    name.length === 0 ? Buffer.alloc(0) : Buffer.from([0x0a, name.length, ...name]),
  requestDeserialize: (bytes) => bytes,
  responseSerialize: (bytes) => bytes,
  responseDeserialize: (bytes) => bytes,
};
