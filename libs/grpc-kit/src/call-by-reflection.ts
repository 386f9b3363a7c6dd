import { nearestWord } from "@worldmodels/config";
import { DomainError } from "@worldmodels/errors";
import type { Method, Service } from "protobufjs";
import type { CallOptions, Connection } from "./connect.js";
import { describeByReflection } from "./describe-by-reflection.js";
import type { Description } from "./describe-by-reflection.js";
import { decodeJson, encodeJson } from "./json-message.js";
import type { Json, JsonObject } from "./json-message.js";
import type { MethodDefinition } from "./service-handlers.js";

/** One method of a server. */
export interface ListedMethod {
  readonly name: string;
  /** Full name of its request's message. */
  readonly requestType: string;
  readonly responseType: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
}

/** One service of a server. */
export interface ListedService {
  /** Full name, e.g. `worldmodels.encoder.v1.EncoderService`. */
  readonly name: string;
  readonly methods: readonly ListedMethod[];
}

export interface ReflectionCallOptions extends CallOptions {
  /** Milliseconds for the whole call, the end of a stream included; Infinity for none. */
  readonly deadlineMs: number;
}

/** What a server has, from its reflection alone. */
export async function listByReflection(
  connection: Connection,
  options: ReflectionCallOptions = { deadlineMs: 10_000 },
): Promise<ListedService[]> {
  const { services, root } = await describeByReflection(connection, limitOf(options));
  return services.map((name) => ({
    name,
    methods: root.lookupService(name).methodsArray.map((method) => ({
      name: method.name,
      requestType: fullNameOf(method.resolvedRequestType),
      responseType: fullNameOf(method.resolvedResponseType),
      requestStream: method.requestStream === true,
      responseStream: method.responseStream === true,
    })),
  }));
}

/**
 * Calls any method of any server that has reflection, with JSON in and out (see `encodeJson`): what grpcurl does.
 *
 * @param name e.g. `worldmodels.encoder.v1.EncoderService/Encode`, `EncoderService.Encode`
 * @param request one object; a list of them where the method takes a stream
 * @returns the responses in order: one, or as many as the stream has
 * @throws DomainError `not-found` for a name that is not there, `invalid-argument` for a request that does not fit, both naming
 *   what there is; otherwise what the call fails with
 */
export async function* callByReflection(
  connection: Connection,
  name: string,
  request: Json,
  options: ReflectionCallOptions,
): AsyncGenerator<JsonObject, void, void> {
  const signal = limitOf(options);
  const description = await describeByReflection(connection, signal);
  const { service, method } = findMethod(description, name);
  const { resolvedRequestType: requestType, resolvedResponseType: responseType } = method;
  if (requestType === null || responseType === null) throw new Error(`${name} has no types`);
  const isStream = method.requestStream === true || method.responseStream === true;
  const wire: MethodDefinition<Buffer, JsonObject> = {
    path: `/${service.fullName.slice(1)}/${method.name}`,
    requestStream: method.requestStream === true,
    responseStream: method.responseStream === true,
    requestSerialize: (bytes) => bytes,
    requestDeserialize: (bytes) => bytes,
    responseSerialize: () => Buffer.alloc(0),
    responseDeserialize: (bytes) => decodeJson(responseType, bytes),
  };
  if (method.requestStream !== true) {
    const bytes = encodeJson(requestType, request);
    if (isStream) yield* connection.serverStream(wire, bytes, { signal });
    else yield await connection.unary(wire, bytes, { deadlineMs: options.deadlineMs, signal });
    return;
  }
  const requests: readonly Json[] = Array.isArray(request) ? request : [request];
  const messages = requests.map((one) => encodeJson(requestType, one));
  const call = connection.duplex(wire, { signal });
  // While it is read: a server that answers each request would wait for its reader otherwise.
  const sending = (async () => {
    for (const message of messages) await call.send(message);
    call.end();
  })();
  try {
    yield* call.responses;
  } finally {
    call.cancel();
    await sending;
  }
}

function findMethod(description: Description, name: string): { service: Service; method: Method } {
  const form = /^\/?([\w.]+)[/.](\w+)$/.exec(name);
  if (form === null) {
    throw new DomainError("invalid-argument", `"${name}" names no method; write e.g. EncoderService/Encode`);
  }
  const [, wantedService = "", wantedMethod = ""] = form;
  const named = description.services.filter(
    (service) => service === wantedService || service.endsWith(`.${wantedService}`),
  );
  const [found] = named.includes(wantedService) ? [wantedService] : named;
  if (found === undefined) {
    throw notFound("service", wantedService, "there are", description.services);
  }
  if (named.length > 1 && found !== wantedService) {
    throw new DomainError("invalid-argument", `"${wantedService}" may be ${named.join(" or ")}; say which`);
  }
  const service = description.root.lookupService(found);
  const { methodsArray } = service;
  const method = methodsArray.find(({ name }) => name.toLowerCase() === wantedMethod.toLowerCase());
  if (method !== undefined) return { service, method };
  throw notFound(
    "method",
    wantedMethod,
    `${found} has`,
    methodsArray.map(({ name }) => name),
  );
}

function notFound(what: string, word: string, has: string, known: readonly string[]): DomainError {
  const shortNames = new Map(known.map((name) => [name.split(".").at(-1) ?? name, name]));
  const nearest = nearestWord(word.split(".").at(-1) ?? word, [...shortNames.keys()]);
  const hint = nearest === undefined ? "" : ` (did you mean ${nearest}?)`;
  return new DomainError(
    "not-found",
    `there is no ${what} "${word}"${hint}; ${has} ${known.join(", ") || "none"}`,
  );
}

function fullNameOf(type: { readonly fullName: string } | null): string {
  return type?.fullName.slice(1) ?? "";
}

/** One signal for the caller's own and the time that there is. */
function limitOf({ signal, deadlineMs }: ReflectionCallOptions): AbortSignal | undefined {
  if (!Number.isFinite(deadlineMs)) return signal;
  const limit = new AbortController();
  const timer = setTimeout(() => {
    limit.abort(new DomainError("deadline-exceeded", `the call had not ended within ${deadlineMs / 1000} s`));
  }, deadlineMs);
  timer.unref();
  return signal === undefined ? limit.signal : AbortSignal.any([signal, limit.signal]);
}
