import type { CovarianceState } from "./covariance-model.js";

export interface BestCandidate {
  readonly candidate: Float64Array;
  readonly fitness: number;
  /** Generation that it belonged to, counted from 1. */
  readonly generation: number;
}

/** What evolves; the covariance apart, which its model keeps. */
export interface CmaState {
  generation: number;
  evaluations: number;
  flatGenerations: number;
  mean: Float64Array;
  sigma: number;
  readonly sigma0: number;
  maxSigma: number;
  /** Evolution path of sigma ("p_s"): the whitened steps of the mean, faded. */
  sigmaPath: Float64Array;
  fitness: Float64Array;
  recentBest: number[];
  best: BestCandidate | undefined;
  readonly covariance: CovarianceState | undefined;
}
