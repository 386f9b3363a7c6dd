import { DomainError } from "@worldmodels/errors";

/**
 * Turns the operating system's complaint about a write into a sentence; other errors pass through.
 *
 * @param what the thing being written, as a person would name it, e.g. `artifact "model"`
 * @param path where it was going
 */
export function explainWriteError(error: unknown, what: string, path: string): unknown {
  switch ((error as NodeJS.ErrnoException | undefined)?.code) {
    case "ENOSPC":
    case "EDQUOT":
      return new DomainError(
        "resource-exhausted",
        `no space is left for ${what} at ${path}; nothing was changed: free some space and give the same command again`,
        { cause: error },
      );
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new DomainError(
        "failed-precondition",
        `${what} cannot be written at ${path}: writing there is not allowed; change its permissions or choose another folder`,
        { cause: error },
      );
    case "EEXIST":
    case "ENOTDIR":
    case "EISDIR":
      return new DomainError(
        "failed-precondition",
        `${what} cannot be written at ${path}: a file stands where a folder is needed, or a folder where a file is; choose another place`,
        { cause: error },
      );
    default:
      return error;
  }
}
