import { DomainError } from "@worldmodels/errors";

/** Either precision: frames come as float32, references as float64. */
export type FloatArray = Float32Array | Float64Array;

/** What V is trained on, in nats-like units: sums over pixels and dimensions, means over the batch. */
export interface VaeLoss {
  /** `reconstruction` plus the mean of `max(KL, floor)` over the batch: what the optimiser descends. */
  readonly loss: number;
  /** Squared error of pixels in [0, 1], summed over an image. */
  readonly reconstruction: number;
  /** KL divergence from the unit normal before the floor. */
  readonly kl: number;
}

/**
 * V's loss in plain TypeScript and float64: the reference that the tfjs trainer is tested against.
 *
 * @param frames `[rows, pixels]` in [0, 1]
 * @param reconstructions of the same shape
 * @param mean `[rows, latentDim]`
 * @param logVariance `[rows, latentDim]`
 * @param klTolerance nats per dimension; a row's KL counts at least `klTolerance * latentDim`
 */
export function vaeLoss(
  frames: FloatArray,
  reconstructions: FloatArray,
  mean: FloatArray,
  logVariance: FloatArray,
  { rows, klTolerance }: { readonly rows: number; readonly klTolerance: number },
): VaeLoss {
  const floor = klTolerance * (mean.length / rows);
  const reconstruction = average(squaredErrors(frames, reconstructions, rows));
  const divergences = klDivergences(mean, logVariance, rows);
  return {
    reconstruction,
    kl: average(divergences),
    loss: reconstruction + average(divergences.map((kl) => Math.max(kl, floor))),
  };
}

/** Squared error of each row, summed over its pixels: `[rows]`. */
export function squaredErrors(frames: FloatArray, reconstructions: FloatArray, rows: number): Float64Array {
  const width = rowWidth(frames, reconstructions, rows);
  const errors = new Float64Array(rows);
  for (let i = 0; i < frames.length; i++) {
    const row = Math.floor(i / width);
    errors[row] = (errors[row] ?? 0) + ((frames[i] ?? 0) - (reconstructions[i] ?? 0)) ** 2;
  }
  return errors;
}

/**
 * KL divergence of each row's diagonal normal from the unit normal, in nats:
 * ½ Σ (mean² + exp(logVariance) − 1 − logVariance): `[rows]`.
 */
export function klDivergences(mean: FloatArray, logVariance: FloatArray, rows: number): Float64Array {
  const width = rowWidth(mean, logVariance, rows);
  const divergences = new Float64Array(rows);
  for (let i = 0; i < mean.length; i++) {
    const row = Math.floor(i / width);
    const [mu, logVar] = [mean[i] ?? 0, logVariance[i] ?? 0];
    divergences[row] = (divergences[row] ?? 0) + 0.5 * (mu * mu + Math.exp(logVar) - 1 - logVar);
  }
  return divergences;
}

function rowWidth(a: FloatArray, b: FloatArray, rows: number): number {
  if (a.length !== b.length || a.length === 0 || a.length % rows !== 0) {
    throw new DomainError(
      "invalid-argument",
      `two arrays of ${a.length} and ${b.length} numbers were given where both must have the same multiple of ${rows} rows`,
    );
  }
  return a.length / rows;
}

function average(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
