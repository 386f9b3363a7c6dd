import {
  rawWeights,
  scaleNegativeWeights,
  withoutNegativeWeights,
  type RecombinationWeights,
} from "./recombination-weights.js";

/** What the covariance can express: all correlations, or one variance per coordinate. */
export type CovarianceKind = "full" | "diagonal";

/** The constants of a run. They follow from four settings and never change; what evolves is elsewhere. */
export interface CmaParameters {
  readonly dimension: number;
  /** lambda: candidates per generation. */
  readonly populationSize: number;
  readonly weights: RecombinationWeights;
  /** 1 / cs generations is the memory of the path that sets sigma. */
  readonly cs: number;
  /** Damping of changes of sigma, about 1. */
  readonly damps: number;
  /** 1 / cc generations is the memory of the evolution path of C. */
  readonly cc: number;
  /** Learning rate of the rank-one update of C. */
  readonly c1: number;
  /** Learning rate of the rank-mu update of C. */
  readonly cmu: number;
  /** Expected length of a standard normal vector. */
  readonly chiN: number;
  /** Generations between two eigendecompositions of a full C; below 1 means each generation. */
  readonly decompositionGap: number;
}

/** pycma's default lambda, `4 + floor(3 ln N)`: 24 for the 867 parameters of the paper's controller. */
export function defaultPopulationSize(dimension: number): number {
  return Math.floor(4 + 3 * Math.log(dimension));
}

/**
 * Constants as pycma 4.5.0 sets them. The equations are those of Hansen's tutorial (arXiv 1604.00772, table 1)
 * but for details that docs/cma-es.md lists; the diagonal rates are sep-CMA-ES's (Ros & Hansen 2008, revised).
 */
export function cmaParameters(settings: {
  readonly dimension: number;
  readonly populationSize: number;
  readonly covariance: CovarianceKind;
  readonly active: boolean;
}): CmaParameters {
  const { dimension: n, populationSize, covariance, active } = settings;
  const raw = rawWeights(populationSize);
  const { mueff } = raw;
  const rates = covariance === "full" ? fullRates(n, mueff, populationSize) : diagonalRates(n, mueff);
  const weights = active
    ? scaleNegativeWeights(raw, { dimension: n, ...rates, keepPositiveDefinite: covariance === "full" })
    : withoutNegativeWeights(raw);
  const cs = Math.min(1 / 2, (mueff + 2) / (n + mueff + 3));
  return {
    dimension: n,
    populationSize,
    weights,
    cs,
    damps: damping(n, mueff) + cs,
    ...rates,
    chiN: expectedNormalLength(n),
    decompositionGap: 1 / (rates.c1 + rates.cmu + 1e-23) / n / 10,
  };
}

function fullRates(n: number, mueff: number, lambda: number) {
  const c1 = (Math.min(1, lambda / 6) * 2) / ((n + 1.3) ** 2 + mueff);
  const cmu = Math.min(1 - c1, (2 * (0.25 + mueff + 1 / mueff - 2)) / ((n + 2) ** 2 + mueff));
  return { cc: (4 + mueff / n) / (n + 4 + (2 * mueff) / n), c1, cmu };
}

function diagonalRates(n: number, mueff: number) {
  const c1 = 1 / (n + 2 * Math.sqrt(n) + mueff / n);
  const cmu = Math.min(1 - c1, (0.25 + mueff + 1 / mueff - 2) / (n + 4 * Math.sqrt(n) + mueff / 2));
  return { cc: (1 + 1 / n + mueff / n) / (Math.sqrt(n) + 1 / n + (2 * mueff) / n), c1, cmu };
}

/** 1 for usual populations; more where mueff is large against the dimension, and steps of the mean are short of luck. */
function damping(n: number, mueff: number): number {
  const inner = Math.max(1, 3 * (1 - 0.5 ** (n / 9)));
  return 1 + 2 * Math.max(0, inner * Math.sqrt((mueff - 1) / (n + 1)) - 1);
}

/** sqrt(2) Gamma((n + 1) / 2) / Gamma(n / 2), by its recursion: the lengths for n and n + 1 multiply to n. */
function expectedNormalLength(n: number): number {
  let length = Math.sqrt(2 / Math.PI);
  for (let k = 1; k < n; k++) length = k / length;
  return length;
}
