import { DomainError } from "@worldmodels/errors";

/**
 * Copies a call's rows to the start of a session's input; the rows after them keep what they had, as their
 * results are not looked at.
 *
 * @returns how many rows were given, 1 to `batch`
 */
export function fillRows<T extends Float32Array | Uint8Array>(
  name: string,
  given: T,
  input: T,
  batch: number,
): number {
  const width = input.length / batch;
  const rows = given.length / width;
  if (!Number.isSafeInteger(rows) || rows < 1 || rows > batch) {
    throw new DomainError(
      "invalid-argument",
      `${name} has ${given.length} numbers; give 1 to ${batch} rows of ${width}`,
    );
  }
  input.set(given);
  return rows;
}

/** Throws DomainError `invalid-argument` unless all inputs of a call have the same number of rows. */
export function assertSameRows(rowsByName: Readonly<Record<string, number>>): void {
  if (new Set(Object.values(rowsByName)).size > 1) {
    const list = Object.entries(rowsByName).map(([name, rows]) => `${name} ${rows}`);
    throw new DomainError("invalid-argument", `the rows differ: ${list.join(", ")}`);
  }
}
