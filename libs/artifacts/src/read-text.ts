import { readFileSync } from "node:fs";
import { DomainError } from "@worldmodels/errors";

/**
 * Reads a small text file that somebody has named, such as a certificate or a token.
 *
 * @throws DomainError `not-found` where it cannot be read, whatever the reason
 */
export function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new DomainError(
      "not-found",
      `${path} cannot be read (${code ?? "unknown reason"}); give another path`,
      { cause },
    );
  }
}
