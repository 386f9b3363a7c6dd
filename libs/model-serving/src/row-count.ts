import { DomainError } from "@worldmodels/errors";

/** Most rows of one call of a model service: 12 MiB of frames. */
export const MOST_ROWS = 1024;

/**
 * @param what names the field in the error sentence
 * @throws DomainError `invalid-argument` for more than `MOST_ROWS`
 */
export function assertRowCount(what: string, rows: number): void {
  if (rows <= MOST_ROWS) return;
  throw new DomainError(
    "invalid-argument",
    `${what} has ${rows} rows; give 1 to ${MOST_ROWS}, and the rest in further calls`,
  );
}
