/**
 * How much each rank counts, best first. The positive weights move the mean and widen the covariance along good
 * steps; the negative ones ("active" CMA) only narrow it along bad ones.
 */
export interface RecombinationWeights {
  /** `[populationSize]`, not increasing; the positive ones sum to 1. */
  readonly values: Float64Array;
  /** Number of positive weights. */
  readonly mu: number;
  /** Variance-effective number of the positive weights, 1 / sum of squares: 1 to mu. */
  readonly mueff: number;
}

/**
 * The default weights: `ln((lambda + 1) / 2) - ln(rank)`, positive ones scaled to a sum of 1 and negative ones to -1.
 *
 * @see Hansen, The CMA Evolution Strategy: A Tutorial (arXiv 1604.00772), equation 49
 */
export function rawWeights(populationSize: number): RecombinationWeights {
  const raw = Float64Array.from(
    { length: populationSize },
    (_, i) => Math.log((populationSize + 1) / 2) - Math.log(i + 1),
  );
  const mu = raw.filter((w) => w > 0).length;
  const positive = sum(raw.subarray(0, mu));
  const negative = -sum(raw.subarray(mu));
  const values = raw.map((w, i) => (i < mu ? w / positive : w / negative));
  return { values, mu, mueff: 1 / sumOfSquares(values.subarray(0, mu)) };
}

/** Without active updates: every negative weight becomes 0. */
export function withoutNegativeWeights(weights: RecombinationWeights): RecombinationWeights {
  return { ...weights, values: weights.values.map((w) => Math.max(w, 0)) };
}

/**
 * Scales the negative weights to the smallest of these sums, in absolute value:
 * 1. `1 + c1 / cmu`: the update then forgets nothing of C by itself (tutorial, equation 50);
 * 2. `(1 - c1 - cmu) / (cmu * dimension)`: C stays positive definite as long as the squared Mahalanobis length of
 *    bad steps is at most the dimension (equation 52); only where `keepPositiveDefinite`;
 * 3. `1 + 2 mueffminus / (mueff + 2)`: no more weight than the bad half's own information is worth (equation 51).
 */
export function scaleNegativeWeights(
  weights: RecombinationWeights,
  rates: {
    readonly dimension: number;
    readonly c1: number;
    readonly cmu: number;
    readonly keepPositiveDefinite: boolean;
  },
): RecombinationWeights {
  const { dimension, c1, cmu, keepPositiveDefinite } = rates;
  const negative = weights.values.subarray(weights.mu);
  const total = -sum(negative);
  if (total === 0) return weights;
  const mueffminus = total ** 2 / sumOfSquares(negative);
  const target = Math.min(
    1 + c1 / cmu,
    keepPositiveDefinite ? (1 - c1 - cmu) / cmu / dimension : Infinity,
    1 + (2 * mueffminus) / (weights.mueff + 2),
  );
  return { ...weights, values: weights.values.map((w, i) => (i < weights.mu ? w : (w * target) / total)) };
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}

function sumOfSquares(values: Float64Array): number {
  return values.reduce((total, value) => total + value ** 2, 0);
}
