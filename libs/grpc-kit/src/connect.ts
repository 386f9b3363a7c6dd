import { Client, Metadata, status as Status } from "@grpc/grpc-js";
import type { ClientDuplexStream, ClientReadableStream } from "@grpc/grpc-js";
import { DomainError } from "@worldmodels/errors";
import type { OpenSpan } from "@worldmodels/telemetry";
import { RUN_HEADER, startClientSpan, TRACE_HEADER } from "./call-telemetry.js";
import { clientCredentials } from "./credentials.js";
import type { ClientTls } from "./credentials.js";
import { responsesOf, senderTo } from "./client-stream.js";
import { explainFailure } from "./explain-failure.js";
import type { MethodDefinition } from "./service-handlers.js";
import type { OnNotice } from "./wire-notice.js";

export interface ConnectOptions {
  readonly tls?: ClientTls | undefined;
  /** Host that the server's certificate must name, where the address is one that this name was looked up for. */
  readonly serverName?: string | undefined;
  /** Sent with every call; a function is asked at each, so that a token may change (`tokenFromFile`). */
  readonly token?: string | (() => string) | undefined;
  /** Told of renewed certificates in force, and why others are not; default: Node's warnings for the latter. */
  readonly onNotice?: OnNotice;
  /** How often the files of TLS are looked at, milliseconds; default 2000. */
  readonly reloadEveryMs?: number;
  /** Largest message taken in, bytes; default: no limit. */
  readonly maxMessageBytes?: number;
}

export interface CallOptions {
  /** Ends the call; the reason is thrown. */
  readonly signal?: AbortSignal | undefined;
  /** Name of the run that the call is made for, for the service's log; printable ASCII. */
  readonly run?: string | undefined;
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
  const client = new Client(address, clientCredentials(options.tls, options), {
    "grpc.max_receive_message_length": options.maxMessageBytes ?? -1,
    "grpc.max_send_message_length": -1,
    ...(options.serverName !== undefined && {
      "grpc.ssl_target_name_override": options.serverName,
      "grpc.default_authority": options.serverName,
    }),
    "grpc-node.flow_control_window": FLOW_CONTROL_WINDOW,
    "grpc.keepalive_time_ms": 30_000,
    "grpc.keepalive_timeout_ms": 15_000,
    "grpc.keepalive_permit_without_calls": 1,
    "grpc.initial_reconnect_backoff_ms": 100,
    "grpc.max_reconnect_backoff_ms": 1000,
    // Where services move to other machines, their names lead elsewhere; grpc-js would look again after 30 s only.
    "grpc.dns_min_time_between_resolutions_ms": 2000,
    "grpc.service_config": JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
  });
  const metadata = ({ traceparent }: OpenSpan, run: string | undefined) => {
    const made = new Metadata();
    const token = typeof options.token === "function" ? options.token() : options.token;
    if (token !== undefined) made.set("authorization", `Bearer ${token}`);
    if (traceparent !== undefined) made.set(TRACE_HEADER, traceparent);
    if (run !== undefined) made.set(RUN_HEADER, run);
    return made;
  };
  const explain = (error: unknown, signal: AbortSignal | undefined): unknown =>
    signal?.aborted === true ? signal.reason : explainFailure(error, address, options.tls);
  return {
    address,
    unary<Q, R>(
      { path, requestSerialize, responseDeserialize }: MethodDefinition<Q, R>,
      request: Q,
      { deadlineMs, signal, run }: CallOptions & { deadlineMs: number },
    ) {
      return new Promise<R>((resolve, reject) => {
        signal?.throwIfAborted();
        const span = startClientSpan(path, address);
        const call = client.makeUnaryRequest(
          path,
          requestSerialize,
          responseDeserialize,
          request,
          metadata(span, run),
          { deadline: Date.now() + deadlineMs },
          (error, response) => {
            span.end(error ?? undefined);
            signal?.removeEventListener("abort", cancel);
            // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- the caller's own reason, where it aborted
            if (error !== null) reject(explain(error, signal));
            else if (response === undefined)
              reject(new Error(`the service at ${address} gave no answer to ${path}`));
            else resolve(response);
          },
        );
        const cancel = () => {
          call.cancel();
        };
        signal?.addEventListener("abort", cancel, { once: true });
      });
    },
    serverStream<Q, R>(
      { path, requestSerialize, responseDeserialize }: MethodDefinition<Q, R>,
      request: Q,
      { signal, run }: CallOptions = {},
    ) {
      const span = startClientSpan(path, address);
      const call = client.makeServerStreamRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        metadata(span, run),
      );
      endWith(span, call);
      return responsesOf(call, signal, (error) => explain(error, signal));
    },
    duplex<Q, R>(
      { path, requestSerialize, responseDeserialize }: MethodDefinition<Q, R>,
      { signal, run }: CallOptions = {},
    ): DuplexCall<Q, R> {
      const span = startClientSpan(path, address);
      const call = client.makeBidiStreamRequest(
        path,
        requestSerialize,
        responseDeserialize,
        metadata(span, run),
      );
      endWith(span, call);
      const ended = new AbortController();
      return {
        send: senderTo(call),
        end: () => {
          call.end();
        },
        cancel: () => {
          ended.abort(new DomainError("cancelled", `this side ended ${path}`));
          call.cancel();
        },
        responses: responsesOf(call, signal, (error) =>
          ended.signal.aborted ? ended.signal.reason : explain(error, signal),
        ),
      };
    },
    close: () => {
      client.close();
    },
  };
}

/** A stream's span is as long as the stream, whether anybody reads it or not. */
function endWith<Q, R>(span: OpenSpan, call: ClientReadableStream<R> | ClientDuplexStream<Q, R>): void {
  if (span.traceparent === undefined) return;
  call.once("status", ({ code, details }) => {
    span.end(code === Status.OK ? undefined : details);
  });
}
