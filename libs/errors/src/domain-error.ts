/**
 * What kind of failure it is; the gRPC status codes that a caller can act on, in lower case.
 * `invalid-argument`: the request itself is wrong (a usage error). `failed-precondition`: right request, wrong
 * moment or state. `data-loss`: something stored is damaged. `unavailable`: a thing we depend on is not there.
 */
export type ErrorCode =
  | "invalid-argument"
  | "not-found"
  | "already-exists"
  | "failed-precondition"
  | "out-of-range"
  | "resource-exhausted"
  | "unavailable"
  | "cancelled"
  | "deadline-exceeded"
  | "data-loss"
  | "unimplemented"
  | "unauthenticated"
  | "permission-denied";

/**
 * A failure that has an explanation for the person who caused or meets it. The message is one sentence:
 * what, where, the value, the bound, what to do. Anything else that is thrown is a bug.
 */
export class DomainError extends Error {
  override readonly name = "DomainError";

  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
  }
}

/** Whether `error` is a DomainError, and of this code where one is given. Works across duplicate copies of this package. */
export function isDomainError(error: unknown, code?: ErrorCode): error is DomainError {
  return (
    error instanceof Error &&
    error.name === "DomainError" &&
    (code === undefined || (error as DomainError).code === code)
  );
}
