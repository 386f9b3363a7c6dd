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

/** Longer than any sentence for people; a status travels in a header, which has a limit of its own. */
const LONGEST_DETAILS = 4000;

/** A failure as it leaves a service. */
export interface StatusObject {
  /** A google.rpc.Code number. */
  readonly code: Status;
  readonly details: string;
}

/**
 * What a caller is told of a failure. A DomainError's sentence is for them; anything else is a bug, whose text stays in the
 * service's log.
 *
 * @param onBug is given what is no DomainError
 */
export function toStatus(error: unknown, onBug: (error: unknown) => void): StatusObject {
  if (isDomainError(error)) return { code: STATUS_OF[error.code], details: fitHeader(error.message) };
  onBug(error);
  return { code: Status.INTERNAL, details: "internal error; the service's log has the reason" };
}

/** Of bounded length and without halves of characters, which a header cannot carry. */
function fitHeader(details: string): string {
  const shown = details.length > LONGEST_DETAILS ? `${details.slice(0, LONGEST_DETAILS)}…` : details;
  return shown.replace(/\p{Surrogate}/gu, "\ufffd");
}

/** The number of a code, as messages carry it. */
export function statusNumber(code: ErrorCode): number {
  return STATUS_OF[code];
}

/** The code of a number, or undefined for OK, INTERNAL, UNKNOWN and ABORTED: a DomainError is never one of these. */
export function codeOfStatus(number: number): ErrorCode | undefined {
  return CODE_OF.get(number);
}

/** What grpc-js says when a connection breaks in mid-call; the code that it gives with it varies. */
const BROKEN =
  /Connection dropped|RST_STREAM|ECONNRESET|EPIPE|socket hang up|No status information|session has been destroyed/;
const BROKEN_CODES: readonly number[] = [Status.UNAVAILABLE, Status.INTERNAL, Status.UNKNOWN];
const UNREACHED = /No connection established|Name resolution failed|ECONNREFUSED|ENOENT|EAI_AGAIN|ENOTFOUND/;

/**
 * A failure as a service told it, or as grpc-js found it, as an error of this side: a DomainError of the same code, or an Error
 * for a bug over there.
 *
 * @param from whom it came from, e.g. `the service at 127.0.0.1:50051`
 */
export function fromStatus(code: number, details: string, from: string): Error {
  const known = codeOfStatus(code);
  if (known === "unavailable" && UNREACHED.test(details)) {
    const why = shorten(details);
    return new DomainError("unavailable", `${from} cannot be reached (${why}); is it running there?`);
  }
  // It says nothing of the request itself.
  if (BROKEN_CODES.includes(code) && BROKEN.test(details)) {
    return new DomainError("unavailable", `${from} broke the connection off (${shorten(details)})`);
  }
  // This side knows what it has cancelled itself; as `cancelled`, this would be taken for a person's Ctrl-C.
  if (known === "cancelled") {
    return new DomainError("unavailable", `${from} ended the call (${details || "without a reason"})`);
  }
  // As grpc-js says it, at either end; a service's own sentence of a deadline stays.
  if (known === "deadline-exceeded" && /^Deadline exceeded/.test(details)) {
    const what = details.includes("Waiting for LB pick") ? "could not be reached" : "did not answer";
    return new DomainError("deadline-exceeded", `${from} ${what} before the call's deadline`);
  }
  if (known === undefined) return new Error(`${from} failed: ${details}`);
  return new DomainError(known, details === "" ? `${from} answered ${known}` : details);
}

/** Without grpc-js's layers and list of everything it tried, and OpenSSL's places in its source; in one line. */
function shorten(details: string): string {
  return details
    .replace(/\s*Resolution note:.*$/s, "")
    .replace(/round_robin: |No connection established\. Last error: |^Error: /g, "")
    .replace(/ \(\d{4}-\d\d-\d\dT[\d:.]+Z\)\.?/g, "")
    .replace(/[0-9A-F]+:error:[0-9A-F]+:SSL routines:[^:]*:([^:]+):\S+( alert number \d+)?/g, "TLS: $1")
    .replace(/\s+/g, " ")
    .trim();
}
