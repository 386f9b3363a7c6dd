import { DomainError } from "@worldmodels/errors";

/** What one generation teaches the covariance. */
export interface CovarianceLesson {
  /** Step of the mean divided by sigma: `[N]`. */
  readonly meanStep: Float64Array;
  /** Steps of the candidates from the old mean divided by sigma, best first: lambda times `[N]`. */
  readonly steps: readonly Float64Array[];
  /** False stalls the evolution path, while sigma is still catching up. */
  readonly pathMoves: boolean;
}

/** The shape of the sampling distribution: everything about it but its mean and sigma. */
export interface CovarianceModel {
  /** Turns standard normals into a step of the distribution, without sigma: `[N]`, a new array. */
  sample(normals: Float64Array): Float64Array;
  /** The inverse of C's square root times `step`: `[N]`, a new array. */
  whiten(step: Float64Array): Float64Array;
  /** Puts a postponed decomposition in place, where one is due. */
  refresh(): void;
  learn(lesson: CovarianceLesson): void;
  /** Diagonal of C: `[N]`, a new array. */
  variances(): Float64Array;
  /** C itself: `[N, N]` row-major, a new array. */
  matrix(): Float64Array;
  /** Evolution path of C in the coordinates of the search space, without sigma: `[N]`, a new array. */
  path(): Float64Array;
  /** Largest over smallest variance along any axis of the last decomposition. */
  conditionNumber(): number;
  /** Principal axis `index` (modulo N) with its length, `[N]`; undefined where the axes are the coordinates. */
  axis(index: number): Float64Array | undefined;
  /** Every array and number that evolves, by name. */
  state(): CovarianceState;
}

/** What a model needs to go on: arrays by name, and the counters. */
export interface CovarianceState {
  readonly arrays: Readonly<Record<string, Float64Array>>;
  readonly counters: Readonly<Record<string, number>>;
}

/** The named array of a state; damaged checkpoints end here. */
export function stateArray(state: CovarianceState, name: string, length: number): Float64Array {
  const array = state.arrays[name];
  if (array?.length === length) return array;
  throw new DomainError(
    "data-loss",
    `the CMA-ES checkpoint's covariance array "${name}" has ${array?.length ?? "no"} numbers where ${length} are needed; start from an earlier checkpoint`,
  );
}
