import {
  stateArray,
  type CovarianceLesson,
  type CovarianceModel,
  type CovarianceState,
} from "./covariance-model.js";
import type { CmaParameters } from "./parameters.js";
import { decomposeSymmetric } from "./symmetric-eigen.js";

/**
 * All variances and correlations, C = B diag(D^2) transpose(B). Learning costs lambda * N^2 operations, decomposing
 * 12 N^3; the latter happens at `refresh`, once per `decompositionGap` generations, as in pycma: between two of
 * them B and D are those of a slightly older C.
 */
export function createFullCovariance(
  parameters: CmaParameters,
  state: CovarianceState = initialFullState(parameters.dimension),
): CovarianceModel {
  const { dimension: n, weights, cc, c1, cmu, decompositionGap } = parameters;
  /** Lower triangle of C; what is above the diagonal is not kept up. */
  const c = stateArray(state, "covariance", n * n).slice();
  const path = stateArray(state, "path", n).slice();
  /** Eigenvectors of C as columns. */
  let b: Float64Array = stateArray(state, "axes", n * n).slice();
  /** Lengths of the axes, ascending: roots of the eigenvalues. */
  let d: Float64Array = stateArray(state, "axisLengths", n).slice();
  let learned = state.counters["learned"] ?? 0;
  let decomposedAt = state.counters["decomposedAt"] ?? 0;

  /** `transpose(B) * step / D`: white, in the coordinates of the axes. */
  function alongAxes(step: Float64Array): Float64Array {
    const out = new Float64Array(n);
    for (let k = 0; k < n; k++) {
      const row = b.subarray(k * n, (k + 1) * n);
      const value = step[k] ?? 0;
      for (let i = 0; i < n; i++) out[i] = (out[i] ?? 0) + (row[i] ?? 0) * value;
    }
    for (let i = 0; i < n; i++) out[i] = (out[i] ?? 0) / (d[i] ?? 1);
    return out;
  }

  function fromAxes(coordinates: Float64Array): Float64Array {
    const out = new Float64Array(n);
    for (let k = 0; k < n; k++) {
      const row = b.subarray(k * n, (k + 1) * n);
      let total = 0;
      for (let i = 0; i < n; i++) total += (row[i] ?? 0) * (coordinates[i] ?? 0);
      out[k] = total;
    }
    return out;
  }

  function learn({ meanStep, steps, pathMoves }: CovarianceLesson): void {
    const gain = pathMoves ? Math.sqrt(cc * (2 - cc) * weights.mueff) : 0;
    for (let i = 0; i < n; i++) path[i] = (1 - cc) * (path[i] ?? 0) + gain * (meanStep[i] ?? 0);

    // C <- (1 + dh - c1 - cmu sum w) C + c1 path path' + cmu sum w_i y_i y_i'  (tutorial, equation 47);
    // dh makes up for the variance that a stalled path does not bring.
    const stalled = pathMoves ? 0 : c1 * cc * (2 - cc);
    const vectors = [path, ...steps];
    const rates = [c1, ...steps.map((_, rank) => cmu * (weights.values[rank] ?? 0))];
    const decay = 1 + stalled - rates.reduce((total, rate) => total + rate, 0);
    const scaled = rates.map((rate, k) => (rate < 0 ? rate * boundedLength(vectors[k]) : rate));
    addOuterProducts(c, n, decay, scaled, vectors);
    learned++;
  }

  /** Bad steps count with the expected length: a long one would otherwise make C indefinite (tutorial, equation 46). */
  function boundedLength(step: Float64Array | undefined): number {
    const white = alongAxes(step ?? new Float64Array(n));
    const length = Math.sqrt(white.reduce((total, value) => total + value ** 2, 0));
    return n / (length + 1e-9) ** 2;
  }

  function refresh(): void {
    if (learned === decomposedAt || learned < decomposedAt + decompositionGap) return;
    let eigen = decomposeSymmetric(c, n);
    // Rounding can cost a nearly singular C its last positive eigenvalue; what pycma adds then mends it.
    while ((eigen.values[0] ?? 0) <= 0) {
      const addition = Math.max((d[0] ?? 1) ** 2, Number.MIN_VALUE);
      for (let i = 0; i < n; i++) c[i * n + i] = (c[i * n + i] ?? 0) + addition;
      d = d.map((length) => Math.sqrt(length ** 2 + addition));
      eigen = decomposeSymmetric(c, n);
    }
    b = eigen.vectors;
    d = eigen.values.map(Math.sqrt);
    decomposedAt = learned;
  }

  return {
    sample: (normals) => fromAxes(normals.map((z, i) => z * (d[i] ?? 1))),
    whiten: (step) => fromAxes(alongAxes(step)),
    refresh,
    learn,
    variances: () => Float64Array.from({ length: n }, (_, i) => c[i * n + i] ?? 0),
    matrix: () =>
      c.map((value, at) => (at % n <= at / n ? value : (c[(at % n) * n + Math.floor(at / n)] ?? 0))),
    path: () => path.slice(),
    conditionNumber: () => ((d[n - 1] ?? 1) / (d[0] ?? 1)) ** 2,
    axis: (index) => {
      const i = index % n;
      return Float64Array.from({ length: n }, (_, k) => (b[k * n + i] ?? 0) * (d[i] ?? 1));
    },
    state: () => ({
      arrays: { covariance: c.slice(), path: path.slice(), axes: b.slice(), axisLengths: d.slice() },
      counters: { learned, decomposedAt },
    }),
  };
}

/** `c <- decay * c + sum of rate * v * transpose(v)`, four products in one pass over each row of the lower triangle. */
function addOuterProducts(
  c: Float64Array,
  n: number,
  decay: number,
  rates: readonly number[],
  vectors: readonly Float64Array[],
): void {
  const nothing = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const row = c.subarray(i * n, i * n + i + 1);
    for (let j = 0; j <= i; j++) row[j] = decay * (row[j] ?? 0);
    for (let k = 0; k < vectors.length; k += 4) {
      const v0 = vectors[k] ?? nothing;
      const v1 = vectors[k + 1] ?? nothing;
      const v2 = vectors[k + 2] ?? nothing;
      const v3 = vectors[k + 3] ?? nothing;
      const f0 = (rates[k] ?? 0) * (v0[i] ?? 0);
      const f1 = (rates[k + 1] ?? 0) * (v1[i] ?? 0);
      const f2 = (rates[k + 2] ?? 0) * (v2[i] ?? 0);
      const f3 = (rates[k + 3] ?? 0) * (v3[i] ?? 0);
      for (let j = 0; j <= i; j++) {
        row[j] =
          (row[j] ?? 0) + (f0 * (v0[j] ?? 0) + f1 * (v1[j] ?? 0) + (f2 * (v2[j] ?? 0) + f3 * (v3[j] ?? 0)));
      }
    }
  }
}

/** As pycma: the identity, its eigenvalues spread by 1e-4 in all so that the order of the axes is never a toss-up. */
function initialFullState(n: number): CovarianceState {
  const covariance = new Float64Array(n * n);
  const axes = new Float64Array(n * n);
  const axisLengths = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const variance = Math.exp((1e-4 / n) * i);
    covariance[i * n + i] = variance;
    axes[i * n + i] = 1;
    axisLengths[i] = Math.sqrt(variance);
  }
  return {
    arrays: { covariance, axes, axisLengths, path: new Float64Array(n) },
    counters: { learned: 0, decomposedAt: 0 },
  };
}
