import { DomainError } from "@worldmodels/errors";
import protobuf from "protobufjs";
import type { Root } from "protobufjs";
import type { Connection } from "./connect.js";
import { decodeFile, linkedRoot } from "./linked-root.js";
import type { FileDescriptor } from "./linked-root.js";
import type { MethodDefinition } from "./service-handlers.js";

/** What is needed of grpc.reflection.v1; every server that has reflection has it. */
const WIRE = protobuf.parse(`
  syntax = "proto3";
  message Request { string file_by_filename = 3; string file_containing_symbol = 4; string list_services = 7; }
  message Response { Files files = 4; Services services = 6; Failure failure = 7; }
  message Files { repeated bytes file = 1; }
  message Services { repeated Service service = 1; }
  message Service { string name = 1; }
  message Failure { int32 code = 1; string text = 2; }
`).root;
const RequestType = WIRE.lookupType("Request");
const ResponseType = WIRE.lookupType("Response");

interface ReflectionRequest {
  readonly listServices?: string;
  readonly fileContainingSymbol?: string;
  readonly fileByFilename?: string;
}

interface ReflectionResponse {
  readonly files?: { readonly file: readonly Uint8Array[] } | null;
  readonly services?: { readonly service: readonly { readonly name: string }[] } | null;
  readonly failure?: { readonly text: string } | null;
}

const infoMethod: MethodDefinition<ReflectionRequest, ReflectionResponse> = {
  path: "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
  requestStream: true,
  responseStream: true,
  requestSerialize: (request) => Buffer.from(RequestType.encode(RequestType.fromObject(request)).finish()),
  requestDeserialize: (bytes) => RequestType.decode(bytes) as ReflectionRequest,
  responseSerialize: (response) => Buffer.from(ResponseType.encode(response).finish()),
  responseDeserialize: (bytes) => ResponseType.decode(bytes) as ReflectionResponse,
};

/** What a server says that it has. */
export interface Description {
  /** Full names, less reflection's own. */
  readonly services: readonly string[];
  /** Every file that these need, linked. */
  readonly root: Root;
}

/**
 * Asks a server for its services and their messages.
 *
 * @param signal ends it; the reason is thrown
 * @throws DomainError `unimplemented` where it has no reflection
 */
export async function describeByReflection(
  connection: Connection,
  signal: AbortSignal | undefined,
): Promise<Description> {
  const call = connection.duplex(infoMethod, { signal });
  const responses = call.responses[Symbol.asyncIterator]();
  const ask = async (request: ReflectionRequest): Promise<ReflectionResponse> => {
    await call.send(request);
    const next = await responses.next();
    if (next.done === true) throw new DomainError("unavailable", "reflection ended before it had answered");
    const { failure } = next.value;
    if (failure)
      throw new DomainError("not-found", `${connection.address}'s reflection says: ${failure.text}`);
    return next.value;
  };
  try {
    const listed = await ask({ listServices: "*" });
    const services = (listed.services?.service ?? [])
      .map(({ name }) => name)
      .filter((name) => !name.startsWith("grpc.reflection."));
    const files = new Map<string, FileDescriptor>();
    const wanted: ReflectionRequest[] = services.map((fileContainingSymbol) => ({ fileContainingSymbol }));
    for (let next = wanted.shift(); next !== undefined; next = wanted.shift()) {
      if (next.fileByFilename !== undefined && files.has(next.fileByFilename)) continue;
      const { files: found } = await ask(next);
      for (const bytes of found?.file ?? []) {
        const file = decodeFile(bytes);
        if (files.has(file.name)) continue;
        files.set(file.name, file);
        wanted.push(...file.dependency.map((fileByFilename) => ({ fileByFilename })));
      }
    }
    call.end();
    return { services, root: linkedRoot([...files.values()]) };
  } catch (error) {
    throw withoutReflection(error, connection.address);
  } finally {
    call.cancel();
  }
}

function withoutReflection(error: unknown, address: string): unknown {
  if (!(error instanceof DomainError) || error.code !== "unimplemented") return error;
  return new DomainError(
    "unimplemented",
    `the service at ${address} does not tell what it has; start it with --reflection true`,
  );
}
