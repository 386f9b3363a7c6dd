import { Client, Metadata } from "@grpc/grpc-js";
import { DomainError } from "@worldmodels/errors";
import { clientCredentials } from "./credentials.js";
import type { ClientTls } from "./credentials.js";
import { responsesOf, senderTo } from "./client-stream.js";
import { explainFailure } from "./explain-failure.js";
import type { MethodDefinition } from "./service-handlers.js";

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
    "grpc.max_reconnect_backoff_ms": 1000,
    // Where services move to other machines, their names lead elsewhere; grpc-js would look again after 30 s only.
    "grpc.dns_min_time_between_resolutions_ms": 2000,
    "grpc.service_config": JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
  });
  const metadata = () => {
    const made = new Metadata();
    if (options.token !== undefined) made.set("authorization", `Bearer ${options.token}`);
    return made;
  };
  const explain = (error: unknown, signal: AbortSignal | undefined): unknown =>
    signal?.aborted === true ? signal.reason : explainFailure(error, address, options.tls !== undefined);
  return {
    address,
    unary<Q, R>(
      { path, requestSerialize, responseDeserialize }: MethodDefinition<Q, R>,
      request: Q,
      { deadlineMs, signal }: CallOptions & { deadlineMs: number },
    ) {
      return new Promise<R>((resolve, reject) => {
        signal?.throwIfAborted();
        const call = client.makeUnaryRequest(
          path,
          requestSerialize,
          responseDeserialize,
          request,
          metadata(),
          { deadline: Date.now() + deadlineMs },
          (error, response) => {
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
      { signal }: CallOptions = {},
    ) {
      const call = client.makeServerStreamRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        metadata(),
      );
      return responsesOf(call, signal, (error) => explain(error, signal));
    },
    duplex<Q, R>(
      { path, requestSerialize, responseDeserialize }: MethodDefinition<Q, R>,
      { signal }: CallOptions = {},
    ): DuplexCall<Q, R> {
      const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, metadata());
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
