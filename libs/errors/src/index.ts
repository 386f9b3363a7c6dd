export { DomainError, isDomainError } from "./domain-error.js";
export type { ErrorCode } from "./domain-error.js";
