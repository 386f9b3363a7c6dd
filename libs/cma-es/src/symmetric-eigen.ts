import { DomainError } from "@worldmodels/errors";

/** A symmetric matrix taken apart: `matrix = vectors * diag(values) * transpose(vectors)`. */
export interface SymmetricEigen {
  /** Eigenvalues, ascending: `[n]`. */
  readonly values: Float64Array;
  /** Orthonormal eigenvectors as columns, `[n, n]` row-major; the largest component of each is positive. */
  readonly vectors: Float64Array;
}

/**
 * Eigendecomposition of a real symmetric matrix: Householder's reduction to a tridiagonal one, then implicit QL
 * (Golub & Van Loan, Matrix Computations, sections 8.3.1 and 8.3.3). About 12 n^3 operations; every loop runs along rows, so
 * that n = 867 takes seconds at most.
 *
 * @param matrix `[n, n]`; only the lower triangle is read
 * @throws DomainError `out-of-range` where QL does not converge, which a finite matrix does not cause
 */
export function decomposeSymmetric(matrix: Float64Array, n: number): SymmetricEigen {
  const { diagonal, offDiagonal, reflectors, scales } = tridiagonalise(matrix.slice(), n);
  const basis = accumulateReflectors(reflectors, scales, n);
  implicitQl(diagonal, offDiagonal, basis, n);
  return sortedWithSigns(diagonal, basis, n);
}

interface Tridiagonal {
  readonly diagonal: Float64Array;
  /** Entry i couples i and i + 1; the last is 0. */
  readonly offDiagonal: Float64Array;
  /** Row k holds the Householder vector of step k, zero up to and with place k: `[n, n]`. */
  readonly reflectors: Float64Array;
  readonly scales: Float64Array;
}

/** Reduces the lower triangle of `a`, in place, by reflections `I - scale * v * transpose(v)`. */
function tridiagonalise(a: Float64Array, n: number): Tridiagonal {
  const diagonal = new Float64Array(n);
  const offDiagonal = new Float64Array(n);
  const reflectors = new Float64Array(n * n);
  const scales = new Float64Array(n);
  const p = new Float64Array(n);
  for (let k = 0; k < n - 1; k++) {
    const v = reflectors.subarray(k * n, (k + 1) * n);
    let norm = 0;
    for (let i = k + 1; i < n; i++) {
      const value = a[i * n + k] ?? 0;
      v[i] = value;
      norm += value * value;
    }
    norm = Math.sqrt(norm);
    const first = v[k + 1] ?? 0;
    const alpha = first > 0 ? -norm : norm; // the sign that avoids cancellation
    offDiagonal[k] = k === n - 2 ? first : alpha;
    if (k === n - 2 || norm === 0) {
      v.fill(0);
      continue;
    }
    v[k + 1] = first - alpha;
    const scale = 1 / (norm * norm - first * alpha); // 2 / |v|^2
    scales[k] = scale;
    reflectTrailing(a, v, scale, p, k + 1, n);
  }
  for (let i = 0; i < n; i++) diagonal[i] = a[i * n + i] ?? 0;
  return { diagonal, offDiagonal, reflectors, scales };
}

/** Applies one reflection from both sides to the trailing block that begins at `start`, lower triangle only. */
function reflectTrailing(
  a: Float64Array,
  v: Float64Array,
  scale: number,
  p: Float64Array,
  start: number,
  n: number,
): void {
  p.fill(0);
  for (let i = start; i < n; i++) {
    const row = a.subarray(i * n, i * n + i + 1);
    const vi = v[i] ?? 0;
    let total = 0;
    for (let j = start; j < i; j++) {
      const aij = row[j] ?? 0;
      total += aij * (v[j] ?? 0);
      p[j] = (p[j] ?? 0) + aij * vi;
    }
    p[i] = (p[i] ?? 0) + total + (row[i] ?? 0) * vi;
  }
  let overlap = 0;
  for (let i = start; i < n; i++) overlap += (p[i] ?? 0) * (v[i] ?? 0);
  const shift = (scale * overlap) / 2;
  for (let i = start; i < n; i++) p[i] = scale * ((p[i] ?? 0) - shift * (v[i] ?? 0));
  for (let i = start; i < n; i++) {
    const row = a.subarray(i * n, i * n + i + 1);
    const vi = v[i] ?? 0;
    const pi = p[i] ?? 0;
    for (let j = start; j <= i; j++) row[j] = (row[j] ?? 0) - vi * (p[j] ?? 0) - pi * (v[j] ?? 0);
  }
}

/** The product of all reflections, `[n, n]`, built from the last one back so that each touches only its own block. */
function accumulateReflectors(reflectors: Float64Array, scales: Float64Array, n: number): Float64Array {
  const q = new Float64Array(n * n);
  for (let i = 0; i < n; i++) q[i * n + i] = 1;
  const u = new Float64Array(n);
  for (let k = n - 3; k >= 0; k--) {
    const scale = scales[k] ?? 0;
    if (scale === 0) continue;
    const v = reflectors.subarray(k * n, (k + 1) * n);
    u.fill(0);
    for (let i = k + 1; i < n; i++) {
      const row = q.subarray(i * n, (i + 1) * n);
      const vi = v[i] ?? 0;
      for (let j = k + 1; j < n; j++) u[j] = (u[j] ?? 0) + vi * (row[j] ?? 0);
    }
    for (let i = k + 1; i < n; i++) {
      const row = q.subarray(i * n, (i + 1) * n);
      const factor = scale * (v[i] ?? 0);
      for (let j = k + 1; j < n; j++) row[j] = (row[j] ?? 0) - factor * (u[j] ?? 0);
    }
  }
  return q;
}

const MAX_SWEEPS = 60;

/** Diagonalises the tridiagonal matrix in place; the columns of `basis` become the eigenvectors. */
function implicitQl(d: Float64Array, e: Float64Array, basis: Float64Array, n: number): void {
  const cosines = new Float64Array(n);
  const sines = new Float64Array(n);
  for (let low = 0; low < n; low++) {
    for (let sweep = 0; ; sweep++) {
      const high = endOfBlock(d, e, low, n);
      if (high === low) break;
      if (sweep === MAX_SWEEPS) {
        throw new DomainError(
          "out-of-range",
          `the eigendecomposition of a ${n} x ${n} matrix has not converged after ${MAX_SWEEPS} sweeps at eigenvalue ${low}; does it hold NaN or infinity?`,
        );
      }
      const stoppedAt = qlSweep(d, e, low, high, cosines, sines);
      rotateColumns(basis, n, stoppedAt, high, cosines, sines);
    }
  }
}

/** Where the unreduced block that begins at `low` ends: the first negligible coupling. */
function endOfBlock(d: Float64Array, e: Float64Array, low: number, n: number): number {
  let high = low;
  while (high < n - 1) {
    const size = Math.abs(d[high] ?? 0) + Math.abs(d[high + 1] ?? 0);
    if (Math.abs(e[high] ?? 0) <= Number.EPSILON * size) break;
    high++;
  }
  return high;
}

/** One QL sweep with Wilkinson's shift from `high` down to `low`; returns the lowest index that was rotated. */
function qlSweep(
  d: Float64Array,
  e: Float64Array,
  low: number,
  high: number,
  cosines: Float64Array,
  sines: Float64Array,
): number {
  const dLow = d[low] ?? 0;
  const eLow = e[low] ?? 0;
  const half = ((d[low + 1] ?? 0) - dLow) / (2 * eLow);
  const root = Math.hypot(half, 1);
  let g = (d[high] ?? 0) - dLow + eLow / (half + (half < 0 ? -root : root));
  let sine = 1;
  let cosine = 1;
  let p = 0;
  for (let i = high - 1; i >= low; i--) {
    const f = sine * (e[i] ?? 0);
    const b = cosine * (e[i] ?? 0);
    const r = Math.hypot(f, g);
    e[i + 1] = r;
    if (r === 0) {
      // The block falls apart here by itself; what was rotated so far stands.
      d[i + 1] = (d[i + 1] ?? 0) - p;
      e[high] = 0;
      return i + 1;
    }
    sine = f / r;
    cosine = g / r;
    const next = (d[i + 1] ?? 0) - p;
    const t = ((d[i] ?? 0) - next) * sine + 2 * cosine * b;
    p = sine * t;
    d[i + 1] = next + p;
    g = cosine * t - b;
    cosines[i] = cosine;
    sines[i] = sine;
  }
  d[low] = (d[low] ?? 0) - p;
  e[low] = g;
  e[high] = 0;
  return low;
}

/**
 * Applies a sweep's rotations of columns i and i + 1, i from `high - 1` down to `low`, to every row. All of them to
 * four rows at a time: the rows stay in the nearest cache, and four chains of dependent products run abreast.
 */
function rotateColumns(
  basis: Float64Array,
  n: number,
  low: number,
  high: number,
  cosines: Float64Array,
  sines: Float64Array,
): void {
  let k = 0;
  for (; k + 3 < n; k += 4) {
    const row0 = basis.subarray(k * n, (k + 1) * n);
    const row1 = basis.subarray((k + 1) * n, (k + 2) * n);
    const row2 = basis.subarray((k + 2) * n, (k + 3) * n);
    const row3 = basis.subarray((k + 3) * n, (k + 4) * n);
    let h0 = row0[high] ?? 0;
    let h1 = row1[high] ?? 0;
    let h2 = row2[high] ?? 0;
    let h3 = row3[high] ?? 0;
    for (let i = high - 1; i >= low; i--) {
      const c = cosines[i] ?? 0;
      const s = sines[i] ?? 0;
      const v0 = row0[i] ?? 0;
      const v1 = row1[i] ?? 0;
      const v2 = row2[i] ?? 0;
      const v3 = row3[i] ?? 0;
      row0[i + 1] = s * v0 + c * h0;
      row1[i + 1] = s * v1 + c * h1;
      row2[i + 1] = s * v2 + c * h2;
      row3[i + 1] = s * v3 + c * h3;
      h0 = c * v0 - s * h0;
      h1 = c * v1 - s * h1;
      h2 = c * v2 - s * h2;
      h3 = c * v3 - s * h3;
    }
    row0[low] = h0;
    row1[low] = h1;
    row2[low] = h2;
    row3[low] = h3;
  }
  for (; k < n; k++) {
    const row = basis.subarray(k * n, (k + 1) * n);
    let h = row[high] ?? 0;
    for (let i = high - 1; i >= low; i--) {
      const c = cosines[i] ?? 0;
      const s = sines[i] ?? 0;
      const v = row[i] ?? 0;
      row[i + 1] = s * v + c * h;
      h = c * v - s * h;
    }
    row[low] = h;
  }
}

/** Ascending order, and a sign for each eigenvector, so that equal matrices give equal samples whatever the method. */
function sortedWithSigns(values: Float64Array, basis: Float64Array, n: number): SymmetricEigen {
  const order = Array.from(values.keys()).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const vectors = new Float64Array(n * n);
  order.forEach((source, target) => {
    let largest = 0;
    for (let k = 0; k < n; k++) {
      const value = basis[k * n + source] ?? 0;
      if (Math.abs(value) > Math.abs(largest)) largest = value;
    }
    const sign = largest < 0 ? -1 : 1;
    for (let k = 0; k < n; k++) vectors[k * n + target] = sign * (basis[k * n + source] ?? 0);
  });
  return { values: Float64Array.from(order, (index) => values[index] ?? 0), vectors };
}
