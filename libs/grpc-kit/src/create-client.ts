import type { CallOptions, Connection, DuplexCall } from "./connect.js";
import type { MethodDefinition, RequestOf, ResponseOf, ServiceDefinition } from "./service-handlers.js";

type ClientCall<M> = M extends { requestStream: true }
  ? (options?: CallOptions) => DuplexCall<RequestOf<M>, ResponseOf<M>>
  : M extends { responseStream: true }
    ? (request: RequestOf<M>, options?: CallOptions) => AsyncIterable<ResponseOf<M>>
    : (
        request: RequestOf<M>,
        options: CallOptions & { readonly deadlineMs: number },
      ) => Promise<ResponseOf<M>>;

/** The calls of a service by name, e.g. `client.encode(request, { deadlineMs: 1000 })`. */
export type ServiceClient<S> = { readonly [K in keyof S]: ClientCall<S[K]> };

/** Gives a generated service's methods as async functions on a connection; several clients may share one. */
export function createClient<S extends object>(definition: S, connection: Connection): ServiceClient<S> {
  const methods = Object.entries(definition as unknown as ServiceDefinition);
  const calls = methods.map(([name, definition]) => {
    const method = definition as unknown as MethodDefinition<unknown>;
    if (method.requestStream) return [name, (options?: CallOptions) => connection.duplex(method, options)];
    if (method.responseStream) {
      return [
        name,
        (request: unknown, options?: CallOptions) => connection.serverStream(method, request, options),
      ];
    }
    return [
      name,
      (request: unknown, options: CallOptions & { readonly deadlineMs: number }) =>
        connection.unary(method, request, options),
    ];
  });
  return Object.fromEntries(calls) as ServiceClient<S>;
}
