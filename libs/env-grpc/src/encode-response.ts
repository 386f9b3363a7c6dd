import { isDomainError } from "@worldmodels/errors";
import { toStatus } from "@worldmodels/grpc-kit";
import { InteractResponse } from "@worldmodels/proto/env";
import { asBuffer } from "./env-service-wire.js";

/** The bytes of a response other than a batch. */
export function encodeResponse(response: InteractResponse["response"]): Buffer {
  return asBuffer(InteractResponse.encode({ response }).finish());
}

/**
 * What the caller is told of a request that failed.
 *
 * @param onBug is given what is no DomainError; its text stays here
 */
export function encodeError(error: unknown, onBug: (error: unknown) => void): Buffer {
  const { code, details } = toStatus(error, onBug);
  const reason = isDomainError(error) ? error.code : "bug";
  return encodeResponse({ $case: "error", value: { code, message: details, reason } });
}
