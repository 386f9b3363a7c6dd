import { status as Status } from "@grpc/grpc-js";
import type { ServiceError } from "@grpc/grpc-js";
import { fromStatus } from "./status.js";

/**
 * What a call failed with, as an error of this side.
 *
 * @param secure whether this client speaks TLS
 */
export function explainFailure(error: unknown, address: string, secure: boolean): unknown {
  if (!isServiceError(error)) return error;
  return fromStatus(error.code, hintAtTls(error, secure), `the service at ${address}`);
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && typeof (error as ServiceError).code === "number";
}

/** What TLS at one end alone looks like from here says little; the sentence says it. */
function hintAtTls({ code, details }: ServiceError, secure: boolean): string {
  if (code !== Status.UNAVAILABLE) return details;
  if (secure && /wrong version number|packet length too long|EPROTO/i.test(details)) {
    return `No connection established. Last error: it does not speak TLS, and this client does`;
  }
  if (secure && details.includes("Failed to connect")) {
    return `No connection established. Last error: it closed the connection at once; if it asks for clients' certificates, give one that its authority has signed`;
  }
  if (!secure && /Failed to connect|Protocol error|ERR_HTTP2/i.test(details)) {
    return `No connection established. Last error: it closed the connection at once; if it asks for TLS, give this client a certificate authority`;
  }
  return details;
}
