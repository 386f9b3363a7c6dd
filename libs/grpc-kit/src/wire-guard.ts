import { DomainError } from "@worldmodels/errors";
import type { MethodDefinition } from "./service-handlers.js";

/** Stands for a request whose bytes are no message of its type: grpc-js itself would call that a failure of the server. */
class UndecodableRequest {
  constructor(readonly path: string) {}
}

/**
 * A method whose undecodable requests reach `decoded`, and whose unencodable responses reach the log.
 *
 * @param onBug is given what encoding a response throws; the caller gets INTERNAL without it
 */
export function guardMethod(
  method: MethodDefinition,
  onBug: (error: unknown) => void,
): MethodDefinition<unknown> {
  const { path } = method;
  const whole = method as unknown as MethodDefinition<unknown>;
  const { requestDeserialize, responseSerialize } = whole;
  return {
    ...whole,
    requestDeserialize(bytes) {
      try {
        return requestDeserialize(bytes);
      } catch {
        return new UndecodableRequest(path);
      }
    },
    responseSerialize(response) {
      try {
        return responseSerialize(response);
      } catch (error) {
        onBug(error);
        throw error;
      }
    },
  };
}

/** @throws DomainError `invalid-argument` where the bytes were no message */
export function decoded(request: unknown): unknown {
  if (!(request instanceof UndecodableRequest)) return request;
  throw new DomainError(
    "invalid-argument",
    `the bytes sent to ${request.path} are no message of its request's type; send what the service's .proto describes`,
  );
}
