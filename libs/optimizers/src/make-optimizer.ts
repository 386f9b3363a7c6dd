import { createCmaEs, restoreCmaEs } from "@worldmodels/cma-es";
import type { CmaEs } from "@worldmodels/cma-es";
import { DomainError, isDomainError } from "@worldmodels/errors";
import { decodeOptimizer, digestNumbers, sha256 } from "./optimizer-record.js";
import type { OptimizerRecord } from "./optimizer-record.js";

/** What one optimiser may need. */
export interface OptimizerLimits {
  /** Most optimisers. */
  readonly maxOptimizers: number;
  readonly maxDimensions: number;
  /** The same where the covariance is full: its memory grows with the square, its time with the cube. */
  readonly maxFullDimensions: number;
}

/** An optimiser to be made anew. */
export interface FreshOptimizer {
  /** First mean. */
  readonly x0: readonly number[];
  /** First step size, above 0. */
  readonly sigma0: number;
  /** Candidates of a generation; left out: CMA-ES's own choice. */
  readonly population?: number;
  readonly covariance: "full" | "diagonal";
  readonly seed: bigint;
}

const MOST_CANDIDATES = 65_536;
/** Numbers of a generation: 64 MiB in a message. */
const MOST_NUMBERS = 2 ** 23;

/** @throws DomainError `invalid-argument` for anything out of range */
export function makeOptimizer(fresh: FreshOptimizer, limits: OptimizerLimits): OptimizerRecord {
  const { x0, sigma0, population, covariance, seed } = fresh;
  assertDimensions(x0.length, covariance, limits);
  if (!Number.isFinite(sigma0)) throw wrong(`sigma0 = ${sigma0} is not a finite number`);
  if (population !== undefined) assertPopulation(population, x0.length);
  const cma = createCmaEs({
    x0,
    sigma0,
    options: { covariance, ...(population !== undefined && { populationSize: population }) },
  });
  assertPopulation(cma.populationSize, x0.length);
  const made = sha256(
    [digestNumbers([...x0, sigma0]), cma.populationSize, covariance, seed].map(String).join(" "),
  );
  return { made, seed: String(seed), told: null, cma: cma.checkpoint() };
}

/**
 * Takes an optimiser up from the checkpoint of another.
 *
 * @throws DomainError `invalid-argument` for one that is damaged, or too large for these limits
 */
export function importOptimizer(checkpoint: Uint8Array, limits: OptimizerLimits): OptimizerRecord {
  try {
    const record = decodeOptimizer(checkpoint, "checkpoint");
    // Before anything is made of that size.
    assertPopulation(record.cma.options.populationSize, 1);
    const cma = restoreOptimizer(record, "checkpoint");
    assertDimensions(cma.dimension, cma.options.covariance, limits);
    assertPopulation(cma.populationSize, cma.dimension);
    return { ...record, made: sha256(checkpoint) };
  } catch (cause) {
    if (isDomainError(cause, "invalid-argument")) throw cause;
    const why = isDomainError(cause) ? cause.message : "checkpoint is no optimiser of this version";
    throw new DomainError("invalid-argument", `${why}; give the bytes that GetOptimizer gave`, { cause });
  }
}

/** @throws DomainError `data-loss` for a record that no optimiser has written */
export function restoreOptimizer(record: OptimizerRecord, where: string): CmaEs {
  try {
    return restoreCmaEs(record.cma);
  } catch (cause) {
    if (isDomainError(cause, "data-loss")) throw cause;
    throw new DomainError("data-loss", `${where} holds no state of CMA-ES`, { cause });
  }
}

function assertDimensions(
  dimensions: number,
  covariance: "full" | "diagonal",
  { maxDimensions, maxFullDimensions }: OptimizerLimits,
): void {
  if (dimensions < 2 || dimensions > maxDimensions) {
    throw wrong(`x0 has ${dimensions} numbers; an optimiser here has 2 to ${maxDimensions} dimensions`);
  }
  if (covariance === "full" && dimensions > maxFullDimensions) {
    throw wrong(
      `x0 has ${dimensions} numbers, and a full covariance here has at most ${maxFullDimensions} dimensions; choose COVARIANCE_DIAGONAL`,
    );
  }
}

function assertPopulation(population: number, dimensions: number): void {
  if (!Number.isInteger(population) || population < 4 || population > MOST_CANDIDATES) {
    throw wrong(
      `population = ${population} must be 4 to ${MOST_CANDIDATES} candidates, or 0 for the default`,
    );
  }
  if (population * dimensions > MOST_NUMBERS) {
    throw wrong(
      `population = ${population} of ${dimensions} dimensions makes generations of ${population * dimensions} numbers, above ${MOST_NUMBERS}; choose a smaller population`,
    );
  }
}

function wrong(sentence: string): DomainError {
  return new DomainError("invalid-argument", sentence);
}
