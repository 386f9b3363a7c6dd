import type { CallContext } from "./call-context.js";

/** One method as ts-proto generates it. */
export interface MethodDefinition<Request = never, Response = unknown> {
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  readonly requestSerialize: (value: Request) => Buffer;
  readonly requestDeserialize: (bytes: Buffer) => Request;
  readonly responseSerialize: (value: Response) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => Response;
}

/** A service as ts-proto generates it, e.g. `EnvServiceService`. */
export type ServiceDefinition = Readonly<Record<string, MethodDefinition>>;

export type RequestOf<M> = M extends { requestDeserialize: (bytes: Buffer) => infer Request }
  ? Request
  : never;
export type ResponseOf<M> = M extends { responseDeserialize: (bytes: Buffer) => infer Response }
  ? Response
  : never;

/** An async function per method: streams come in as async iterables and go out as async generators. */
export type HandlerOf<M> = M extends { requestStream: true }
  ? (
      requests: AsyncIterable<RequestOf<M>>,
      context: CallContext,
    ) => M extends { responseStream: true } ? AsyncIterable<ResponseOf<M>> : Promise<ResponseOf<M>>
  : (
      request: RequestOf<M>,
      context: CallContext,
    ) => M extends { responseStream: true } ? AsyncIterable<ResponseOf<M>> : Promise<ResponseOf<M>>;

/** The handlers of a service, by method name. */
export type Handlers<S> = { readonly [K in keyof S]: HandlerOf<S[K]> };

/** A service and what answers for it. */
export interface ServedService {
  readonly definition: ServiceDefinition;
  readonly handlers: Readonly<Record<string, unknown>>;
  /** Full name, e.g. `worldmodels.env.v1.EnvService`. */
  readonly name: string;
}

/** Pairs a generated service with its handlers; the compiler sees that none is missing. */
export function serve<S extends object>(definition: S, handlers: Handlers<S>): ServedService {
  const methods = definition as unknown as ServiceDefinition;
  const [first] = Object.values(methods);
  if (first === undefined) throw new Error("a service without methods cannot be served");
  return {
    definition: methods,
    handlers: handlers,
    name: first.path.split("/")[1] ?? "",
  };
}
