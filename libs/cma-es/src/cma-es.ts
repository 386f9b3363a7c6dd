import { DomainError } from "@worldmodels/errors";
import { decodeRun, encodeRun, type CmaCheckpoint } from "./checkpoint.js";
import { assertFinite, assertGeneration } from "./assert-generation.js";
import type { BestCandidate, CmaState } from "./cma-state.js";
import {
  assertPositive,
  resolveCmaOptions,
  type CmaOptions,
  type ResolvedCmaOptions,
} from "./cma-options.js";
import type { CovarianceModel, CovarianceState } from "./covariance-model.js";
import { createDiagonalCovariance } from "./diagonal-covariance.js";
import { createFullCovariance } from "./full-covariance.js";
import type { NormalSource } from "./normal-source.js";
import { cmaParameters, type CmaParameters } from "./parameters.js";
import { recentLength, stopReasons, type StopReasons } from "./stop-reasons.js";

/**
 * CMA-ES, asked for candidates and told their fitness; evaluation happens elsewhere. Fitness is higher-is-better in
 * the whole system. The literature (and pycma) minimises: the sign is turned in `rank`, below, and nowhere else.
 */
export interface CmaEs {
  readonly dimension: number;
  readonly populationSize: number;
  readonly parameters: CmaParameters;
  readonly options: ResolvedCmaOptions;
  /** Generations told so far. */
  readonly generation: number;
  /** Candidates told so far. */
  readonly evaluations: number;
  /** Mean of the distribution, `[N]`, a copy. This, not `best`, is what to ship where fitness is noisy. */
  readonly mean: Float64Array;
  /** Overall step size, in units of the parameters. */
  readonly sigma: number;
  readonly maxSigma: number;
  /** Best candidate ever told; undefined before the first `tell`. */
  readonly best: BestCandidate | undefined;
  /** Standard deviation of each coordinate, sigma included: `[N]`, a copy. */
  deviations(): Float64Array;
  /** The covariance without sigma: `[N, N]` row-major, a copy. */
  covariance(): Float64Array;
  /** Largest over smallest variance along any axis, at the last decomposition. */
  conditionNumber(): number;
  /**
   * Draws a generation: `populationSize` candidates `[N]`, which the caller must not change. Asking again before `tell` draws anew.
   *
   * @param normals consumed candidate by candidate, N each (every second one where mirrored). A generator made
   *   from the seed and `generation` makes a resumed run equal to one that was never stopped.
   */
  ask(normals: NormalSource): Float64Array[];
  /**
   * Learns from a generation.
   *
   * @param fitness of each candidate, by its index, higher is better, finite; equal ones rank by index, so the
   *   result never depends on the order in which candidates were evaluated
   * @param candidates what was evaluated, as many as `populationSize`, taken as they are; default: what `ask` gave
   * @throws DomainError `invalid-argument` (nothing has changed), `failed-precondition` (nothing was asked)
   */
  tell(fitness: ArrayLike<number>, candidates?: readonly Float64Array[]): void;
  /** Reasons to end, as data: `{}` while there is none. */
  stop(): StopReasons;
  /** Sets the step size, its bound or both from now on: a schedule is a caller's own line of code. */
  setSigma(change: { readonly sigma?: number; readonly maxSigma?: number }): void;
  /** Everything that `restoreCmaEs` needs to go on with the same bytes. */
  checkpoint(): CmaCheckpoint;
}

/**
 * Starts a run.
 *
 * @param start.x0 first mean, `[N]`, N at least 2
 * @param start.sigma0 first standard deviation of every coordinate, above 0; the optimum is best expected within `x0 ± 3 sigma0`
 * @throws DomainError `invalid-argument`
 */
export function createCmaEs(start: {
  readonly x0: ArrayLike<number>;
  readonly sigma0: number;
  readonly options?: CmaOptions;
}): CmaEs {
  const mean = Float64Array.from(start.x0);
  if (mean.length < 2) {
    throw new DomainError("invalid-argument", `CMA-ES needs 2 parameters or more, and x0 has ${mean.length}`);
  }
  assertFinite("x0", mean);
  assertPositive("sigma0", start.sigma0);
  const options = resolveCmaOptions(mean.length, start.options);
  return run(options, {
    generation: 0,
    evaluations: 0,
    flatGenerations: 0,
    mean,
    sigma: Math.min(start.sigma0, options.maxSigma),
    sigma0: start.sigma0,
    maxSigma: options.maxSigma,
    sigmaPath: new Float64Array(mean.length),
    fitness: new Float64Array(),
    recentBest: [],
    best: undefined,
    covariance: undefined,
  });
}

/**
 * Goes on from a checkpoint, with the same bytes as if there had been none.
 *
 * @throws DomainError `data-loss` where the checkpoint is damaged
 */
export function restoreCmaEs(checkpoint: CmaCheckpoint): CmaEs {
  const { options, state } = decodeRun(checkpoint);
  return run(options, state);
}

function run(options: ResolvedCmaOptions, state: CmaState): CmaEs {
  const n = state.mean.length;
  const parameters = cmaParameters({ dimension: n, ...options });
  const model = createModel(options, parameters, state.covariance);
  let asked: readonly Float64Array[] | undefined;

  function ask(normals: NormalSource): Float64Array[] {
    model.refresh();
    const candidates: Float64Array[] = [];
    let step: Float64Array = new Float64Array(n);
    for (let k = 0; k < options.populationSize; k++) {
      const isMirror = options.mirrored && k % 2 === 1;
      step = isMirror ? step.map((y) => -y) : model.sample(normals.fillStandardNormal(new Float64Array(n)));
      candidates.push(state.mean.map((m, i) => m + state.sigma * (step[i] ?? 0)));
    }
    asked = candidates.slice();
    return candidates;
  }

  function tell(fitness: ArrayLike<number>, candidates = asked): void {
    if (candidates === undefined) {
      throw new DomainError(
        "failed-precondition",
        `CMA-ES was told the fitness of generation ${state.generation + 1} before it was asked for candidates; call ask, or pass the candidates`,
      );
    }
    assertGeneration(fitness, candidates, n, options.populationSize);
    const order = rank(fitness);
    const ranked = order.map((index) => candidates[index] ?? state.mean);
    recordFitness(fitness, order, ranked);

    const oldMean = state.mean;
    state.mean = weightedMean(ranked, parameters);
    const meanStep = state.mean.map((m, i) => (m - (oldMean[i] ?? 0)) / state.sigma);
    const pathMoves = followSigmaPath(model.whiten(meanStep));
    model.learn({
      meanStep,
      steps: ranked.map((x) => x.map((value, i) => (value - (oldMean[i] ?? 0)) / state.sigma)),
      pathMoves,
    });
    adaptSigma();
    asked = undefined;
  }

  function recordFitness(
    fitness: ArrayLike<number>,
    order: readonly number[],
    ranked: readonly Float64Array[],
  ): void {
    state.generation++;
    state.evaluations += order.length;
    state.fitness = Float64Array.from(order, (index) => fitness[index] ?? NaN);
    const top = state.fitness[0] ?? NaN;
    const candidate = ranked[0] ?? state.mean;
    if (state.best === undefined || top > state.best.fitness) {
      state.best = { candidate: candidate.slice(), fitness: top, generation: state.generation };
    }
    state.recentBest = [top, ...state.recentBest].slice(0, recentLength(n, options.populationSize));
    const isFlat = top === state.fitness[Math.floor(0.75 * order.length)];
    state.flatGenerations = isFlat ? state.flatGenerations + 1 : 0;
  }

  /** Fades the path of sigma and adds the step; returns whether it is short enough for the path of C to move. */
  function followSigmaPath(whiteStep: Float64Array): boolean {
    const { cs, weights } = parameters;
    const gain = Math.sqrt(cs * (2 - cs)) * Math.sqrt(weights.mueff);
    state.sigmaPath = state.sigmaPath.map((p, i) => (1 - cs) * p + gain * (whiteStep[i] ?? 0));
    // The denominator corrects for a path that began at zero.
    const squared = squaredLength(state.sigmaPath) / (1 - (1 - cs) ** (2 * state.generation));
    return squared / n - 1 < 1 + 4 / (n + 1);
  }

  /** A path longer than chance makes it lengthens sigma, a shorter one shortens it (tutorial, equation 44). */
  function adaptSigma(): void {
    if (options.sigmaRule === "csa") {
      const { cs, damps, chiN } = parameters;
      const excess = (cs / damps) * (Math.sqrt(squaredLength(state.sigmaPath)) / chiN - 1);
      state.sigma *= Math.exp(Math.min(Math.max(excess, -1), 1));
    }
    state.sigma = Math.min(state.sigma, state.maxSigma);
  }

  return {
    dimension: n,
    populationSize: options.populationSize,
    parameters,
    options,
    get generation() {
      return state.generation;
    },
    get evaluations() {
      return state.evaluations;
    },
    get mean() {
      return state.mean.slice();
    },
    get sigma() {
      return state.sigma;
    },
    get maxSigma() {
      return state.maxSigma;
    },
    get best() {
      return state.best;
    },
    deviations: () => model.variances().map((variance) => state.sigma * Math.sqrt(variance)),
    covariance: () => model.matrix(),
    conditionNumber: () => model.conditionNumber(),
    ask,
    tell,
    stop: () =>
      stopReasons({ ...state, model, bestFitness: state.best?.fitness ?? -Infinity }, options.limits),
    setSigma: ({ sigma = state.sigma, maxSigma = state.maxSigma }) => {
      assertPositive("sigma", sigma);
      assertPositive("maxSigma", maxSigma);
      state.maxSigma = maxSigma;
      state.sigma = Math.min(sigma, maxSigma);
    },
    checkpoint: () => encodeRun(options, state, model.state()),
  };
}

function createModel(
  { covariance }: ResolvedCmaOptions,
  parameters: CmaParameters,
  state: CovarianceState | undefined,
): CovarianceModel {
  return covariance === "full"
    ? createFullCovariance(parameters, state)
    : createDiagonalCovariance(parameters, state);
}

/** Indices of the candidates, best first: the one place where higher-is-better becomes the literature's order. */
function rank(fitness: ArrayLike<number>): number[] {
  const cost = Float64Array.from(fitness, (value) => -value);
  return Array.from(cost.keys()).sort((a, b) => (cost[a] ?? 0) - (cost[b] ?? 0) || a - b);
}

function weightedMean(ranked: readonly Float64Array[], { dimension, weights }: CmaParameters): Float64Array {
  const mean = new Float64Array(dimension);
  ranked.slice(0, weights.mu).forEach((candidate, k) => {
    const weight = weights.values[k] ?? 0;
    for (let i = 0; i < dimension; i++) mean[i] = (mean[i] ?? 0) + weight * (candidate[i] ?? 0);
  });
  return mean;
}

function squaredLength(values: Float64Array): number {
  return values.reduce((total, value) => total + value * value, 0);
}
