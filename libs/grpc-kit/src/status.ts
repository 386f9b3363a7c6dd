import { status as Status } from "@grpc/grpc-js";
import { DomainError, isDomainError } from "@worldmodels/errors";
import type { ErrorCode } from "@worldmodels/errors";

/** The gRPC status of each code that domain code throws; the one table, read in both directions. */
const STATUS_OF: Readonly<Record<ErrorCode, Status>> = {
  "invalid-argument": Status.INVALID_ARGUMENT,
  "not-found": Status.NOT_FOUND,
  "already-exists": Status.ALREADY_EXISTS,
  "failed-precondition": Status.FAILED_PRECONDITION,
  "out-of-range": Status.OUT_OF_RANGE,
  "resource-exhausted": Status.RESOURCE_EXHAUSTED,
  unavailable: Status.UNAVAILABLE,
  cancelled: Status.CANCELLED,
  "deadline-exceeded": Status.DEADLINE_EXCEEDED,
  "data-loss": Status.DATA_LOSS,
  unimplemented: Status.UNIMPLEMENTED,
  unauthenticated: Status.UNAUTHENTICATED,
  "permission-denied": Status.PERMISSION_DENIED,
};

const CODE_OF = new Map<number, ErrorCode>(
  Object.entries(STATUS_OF).map(([code, number]) => [number, code as ErrorCode]),
);

/** A failure as it leaves a service. */
export interface StatusObject {
  /** A google.rpc.Code number. */
  readonly code: number;
  readonly details: string;
}

/**
 * What a caller is told of a failure. A DomainError's sentence is for them; anything else is a bug, whose text stays in the
 * service's log.
 *
 * @param onBug is given what is no DomainError
 */
export function toStatus(error: unknown, onBug: (error: unknown) => void): StatusObject {
  if (isDomainError(error)) return { code: STATUS_OF[error.code], details: error.message };
  onBug(error);
  return { code: Status.INTERNAL, details: "internal error; the service's log has the reason" };
}

/** The number of a code, as messages carry it. */
export function statusNumber(code: ErrorCode): number {
  return STATUS_OF[code];
}

/** The code of a number, or undefined for OK, INTERNAL, UNKNOWN and ABORTED: a DomainError is never one of these. */
export function codeOfStatus(number: number): ErrorCode | undefined {
  return CODE_OF.get(number);
}

/** A failure as a service told it, as an error of this side: a DomainError of the same code, or an Error for a bug over there. */
export function fromStatus(code: number, details: string, from: string): Error {
  const known = codeOfStatus(code);
  // A server that dies in mid-call shows as a reset stream, which says nothing of the request itself.
  if (code === Status.INTERNAL && /RST_STREAM|socket|connection/i.test(details)) {
    return new DomainError("unavailable", `${from} broke the connection off (${details})`);
  }
  if (known === undefined) return new Error(`${from} failed: ${details}`);
  if (
    known === "unavailable" &&
    /No connection established|ECONNREFUSED|ENOENT|Connection dropped/.test(details)
  ) {
    return new DomainError(
      "unavailable",
      `${from} cannot be reached (${shorten(details)}); is it running there?`,
    );
  }
  return new DomainError(known, details === "" ? `${from} answered ${known}` : details);
}

/** Without grpc-js's list of everything it tried. */
function shorten(details: string): string {
  return details.replace(/\s*Resolution note:.*$/s, "").trim();
}
