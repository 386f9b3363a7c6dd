import { DomainError } from "@worldmodels/errors";

/**
 * Checks what `tell` is given, before anything changes.
 *
 * @throws DomainError `invalid-argument`
 */
export function assertGeneration(
  fitness: ArrayLike<number>,
  candidates: readonly Float64Array[],
  n: number,
  populationSize: number,
): void {
  if (fitness.length !== populationSize || candidates.length !== populationSize) {
    throw new DomainError(
      "invalid-argument",
      `CMA-ES was told ${fitness.length} fitness values of ${candidates.length} candidates where a generation has ${populationSize}`,
    );
  }
  assertFinite("fitness", fitness);
  candidates.forEach((candidate, k) => {
    if (candidate.length !== n) {
      throw new DomainError(
        "invalid-argument",
        `CMA-ES candidate ${k} has ${candidate.length} parameters where the search space has ${n}`,
      );
    }
    assertFinite(`candidate ${k}`, candidate);
  });
}

/** @throws DomainError `invalid-argument` with the first place that is NaN or infinite. */
export function assertFinite(name: string, values: ArrayLike<number>): void {
  const at = Array.from(values).findIndex((value) => !Number.isFinite(value));
  if (at < 0) return;
  throw new DomainError(
    "invalid-argument",
    `CMA-ES needs finite numbers, and ${name}[${at}] is ${values[at]}; give a failed candidate a very bad fitness instead`,
  );
}
