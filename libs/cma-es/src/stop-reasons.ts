import type { CovarianceModel } from "./covariance-model.js";
import type { CmaLimits } from "./cma-options.js";

/**
 * Why a run should end: pycma's name of each criterion that is met, with its limit (for `noeffectaxis` and
 * `noeffectcoord` the index of an axis or coordinate). Empty while there is no reason.
 */
export type StopReasons = Partial<Record<keyof CmaLimits | "noeffectaxis" | "noeffectcoord", number>>;

/** The part of a run that its end depends on. */
export interface Progress {
  readonly generation: number;
  readonly evaluations: number;
  readonly mean: Float64Array;
  readonly sigma: number;
  readonly sigma0: number;
  readonly model: CovarianceModel;
  readonly bestFitness: number;
  /** Fitness of the last generation, higher is better. */
  readonly fitness: Float64Array;
  /** Best fitness of each recent generation. */
  readonly recentBest: readonly number[];
  readonly flatGenerations: number;
}

/** As many generations as the spread of the recent best looks back on. */
export function recentLength(dimension: number, populationSize: number): number {
  return 10 + Math.floor((30 * dimension) / populationSize);
}

export function stopReasons(progress: Progress, limits: CmaLimits): StopReasons {
  const { generation, mean, sigma, model, recentBest } = progress;
  if (generation === 0) return {};
  const deviations = model.variances().map((variance) => sigma * Math.sqrt(variance));
  const path = model.path().map((value) => sigma * Math.abs(value));
  const currentRange = range(progress.fitness);
  const recentRange = range(recentBest);
  const isMet: Record<keyof CmaLimits, boolean> = {
    ftarget: progress.bestFitness >= limits.ftarget,
    maxiter: generation >= limits.maxiter,
    maxfevals: progress.evaluations >= limits.maxfevals,
    tolfun: currentRange < limits.tolfun && recentRange < limits.tolfun,
    tolfunhist: recentBest.length > 9 && recentRange < limits.tolfunhist,
    tolx: [...deviations, ...path].every((value) => value < limits.tolx),
    tolfacupx: deviations.some((deviation) => deviation > progress.sigma0 * limits.tolfacupx),
    tolconditioncov: model.axis(0) !== undefined && model.conditionNumber() > limits.tolconditioncov,
    tolflatfitness: progress.flatGenerations > limits.tolflatfitness,
  };
  const reasons: StopReasons = {};
  for (const name of Object.keys(isMet) as (keyof CmaLimits)[]) if (isMet[name]) reasons[name] = limits[name];

  // Steps so small that adding them changes nothing in float64.
  const stuck = mean.findIndex((value, i) => value === value + 0.2 * (deviations[i] ?? 0));
  if (stuck >= 0) reasons.noeffectcoord = stuck;
  const axis = model.axis(generation);
  if (axis !== undefined && mean.every((value, i) => value === value + 0.1 * sigma * (axis[i] ?? 0))) {
    reasons.noeffectaxis = generation % mean.length;
  }
  return reasons;
}

function range(values: ArrayLike<number>): number {
  let lowest = Infinity;
  let highest = -Infinity;
  for (const value of Array.from(values)) {
    lowest = Math.min(lowest, value);
    highest = Math.max(highest, value);
  }
  return highest - lowest;
}
