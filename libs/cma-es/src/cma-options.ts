import { DomainError } from "@worldmodels/errors";
import { defaultPopulationSize, type CovarianceKind } from "./parameters.js";

/** `csa`: cumulative step-size adaptation, as published. `fixed`: sigma stays where it is put. */
export type SigmaRule = "csa" | "fixed";

/** What may be chosen. Everything else follows from it and from the dimension. */
export interface CmaOptions {
  /** lambda, candidates per generation, at least 4; default `4 + floor(3 ln N)`. */
  readonly populationSize?: number;
  /** Default `full`; `diagonal` for thousands of parameters, or where N^2 numbers are learned too slowly to matter. */
  readonly covariance?: CovarianceKind;
  /** Whether bad candidates narrow the covariance (negative weights); default true, as in pycma. */
  readonly active?: boolean;
  /** Candidates in pairs, mean plus and minus one step; default false. Makes `csa` shrink sigma: use it with `fixed`. */
  readonly mirrored?: boolean;
  /** Default `csa`. */
  readonly sigmaRule?: SigmaRule;
  /** Upper bound of sigma, in units of the parameters; default none. */
  readonly maxSigma?: number;
  readonly limits?: Partial<CmaLimits>;
}

/** When `stop()` gives a reason, under pycma's names and with its defaults. Fitness is higher-is-better. */
export interface CmaLimits {
  /** A fitness that is good enough; default Infinity. */
  readonly ftarget: number;
  /** Generations; default `100 + floor(150 (N + 3)^2 / sqrt(lambda))`. */
  readonly maxiter: number;
  /** Candidates told in all; default Infinity. */
  readonly maxfevals: number;
  /** Spread of fitness in the last generation and among the recent best; default 1e-11. */
  readonly tolfun: number;
  /** Spread of the recent best, after 10 generations; default 1e-12. */
  readonly tolfunhist: number;
  /** Standard deviation, and evolution path, of every coordinate; default 1e-11. */
  readonly tolx: number;
  /** Growth of a standard deviation over sigma0: the search diverges, or sigma0 was far too small; default 1000. */
  readonly tolfacupx: number;
  /** Condition number of a full covariance; default 1e14. */
  readonly tolconditioncov: number;
  /** Generations in a row whose best is no better than their 75th percentile; default 1. */
  readonly tolflatfitness: number;
}

/** Options with nothing left open. */
export interface ResolvedCmaOptions extends Required<Omit<CmaOptions, "limits">> {
  readonly limits: CmaLimits;
}

/**
 * Fills in the defaults and checks bounds.
 *
 * @throws DomainError `invalid-argument`
 */
export function resolveCmaOptions(dimension: number, options: CmaOptions = {}): ResolvedCmaOptions {
  const populationSize = options.populationSize ?? Math.max(4, defaultPopulationSize(dimension));
  const maxSigma = options.maxSigma ?? Infinity;
  if (!Number.isInteger(populationSize) || populationSize < 4) {
    throw new DomainError(
      "invalid-argument",
      `CMA-ES needs a whole population size of at least 4, and was given ${populationSize}`,
    );
  }
  assertPositive("maxSigma", maxSigma);
  return {
    populationSize,
    covariance: options.covariance ?? "full",
    active: options.active ?? true,
    mirrored: options.mirrored ?? false,
    sigmaRule: options.sigmaRule ?? "csa",
    maxSigma,
    limits: { ...defaultLimits(dimension, populationSize), ...options.limits },
  };
}

/** @throws DomainError `invalid-argument` unless `value` is above 0; NaN is not. */
export function assertPositive(name: string, value: number): void {
  if (value > 0) return;
  throw new DomainError("invalid-argument", `CMA-ES needs ${name} above 0, and was given ${value}`);
}

function defaultLimits(n: number, populationSize: number): CmaLimits {
  return {
    ftarget: Infinity,
    maxiter: 100 + Math.floor((150 * (n + 3) ** 2) / Math.sqrt(populationSize)),
    maxfevals: Infinity,
    tolfun: 1e-11,
    tolfunhist: 1e-12,
    tolx: 1e-11,
    tolfacupx: 1e3,
    tolconditioncov: 1e14,
    tolflatfitness: 1,
  };
}
