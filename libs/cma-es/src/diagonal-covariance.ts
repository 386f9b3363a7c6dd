import {
  stateArray,
  type CovarianceLesson,
  type CovarianceModel,
  type CovarianceState,
} from "./covariance-model.js";
import type { CmaParameters } from "./parameters.js";

/**
 * One standard deviation per coordinate, in linear time and memory, with the rates of sep-CMA-ES. Updated as pycma's `CMA_diagonal: True`
 * does it: by a factor `exp(ln 2 / 2 * sum of weights * (z^2 - 1))`, which can neither become negative nor more
 * than halve on one bad step, and agrees with the classical sum to first order but for the ln 2.
 */
export function createDiagonalCovariance(
  parameters: CmaParameters,
  state: CovarianceState = initialDiagonalState(parameters.dimension),
): CovarianceModel {
  const { dimension: n, weights, cc, c1, cmu } = parameters;
  const scale = stateArray(state, "scale", n).slice();
  /** Evolution path in units of `scale`, as pycma keeps it. */
  const path = stateArray(state, "path", n).slice();

  const toUnits = (step: Float64Array) => step.map((value, i) => value / (scale[i] ?? 1));

  function learn({ meanStep, steps, pathMoves }: CovarianceLesson): void {
    const gain = pathMoves ? Math.sqrt(cc * (2 - cc) * weights.mueff) : 0;
    for (let i = 0; i < n; i++) {
      path[i] = (1 - cc) * (path[i] ?? 0) + (gain * (meanStep[i] ?? 0)) / (scale[i] ?? 1);
    }
    const pathWeight = c1 * (pathMoves ? 1 : 1 - cc * (2 - cc));
    const exponent = path.map((value) => pathWeight * (value ** 2 - 1));
    steps.forEach((step, rank) => {
      const weight = cmu * (weights.values[rank] ?? 0);
      for (let i = 0; i < n; i++) {
        const z = (step[i] ?? 0) / (scale[i] ?? 1);
        exponent[i] = (exponent[i] ?? 0) + weight * (z * z - 1);
      }
    });
    for (let i = 0; i < n; i++) {
      scale[i] = (scale[i] ?? 1) * Math.exp((Math.LN2 / 2) * (exponent[i] ?? 0));
    }
  }

  return {
    sample: (normals) => normals.map((z, i) => z * (scale[i] ?? 1)),
    whiten: toUnits,
    refresh: () => undefined,
    learn,
    variances: () => scale.map((s) => s ** 2),
    matrix: () => {
      const matrix = new Float64Array(n * n);
      scale.forEach((s, i) => (matrix[i * n + i] = s ** 2));
      return matrix;
    },
    path: () => path.map((value, i) => value * (scale[i] ?? 1)),
    conditionNumber: () => {
      const largest = scale.reduce((a, b) => Math.max(a, b));
      const smallest = scale.reduce((a, b) => Math.min(a, b));
      return (largest / smallest) ** 2;
    },
    axis: () => undefined,
    state: () => ({ arrays: { scale: scale.slice(), path: path.slice() }, counters: {} }),
  };
}

function initialDiagonalState(n: number): CovarianceState {
  return { arrays: { scale: new Float64Array(n).fill(1), path: new Float64Array(n) }, counters: {} };
}
