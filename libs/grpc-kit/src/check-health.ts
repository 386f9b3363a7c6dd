import { DomainError } from "@worldmodels/errors";
import type { Connection } from "./connect.js";
import type { MethodDefinition } from "./service-handlers.js";

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
