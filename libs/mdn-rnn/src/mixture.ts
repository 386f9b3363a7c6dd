import { DomainError } from "@worldmodels/errors";
import type { Rng } from "@worldmodels/rng";

/**
 * What M says about the next latent: for each row and each latent dimension a mixture of Gaussians of its own.
 * Three arrays of one shape, `[rows, latent, components]`, row-major.
 */
export interface Mixture {
  /** Unnormalised log weights of the components. */
  readonly logits: Float32Array;
  readonly mean: Float32Array;
  /** Natural logarithms of the standard deviations, as M gave them; taken as `clampLogStd` of them everywhere. */
  readonly logStd: Float32Array;
}

/**
 * Standard deviations are kept within e^-7 and e^2. Latents have unit-like scale, so the bounds are not met by a
 * sound model; they keep one wild output from becoming an infinite loss (the known way for an MDN to end in NaN).
 */
export const LOG_STD_RANGE = { min: -7, max: 2 } as const;

export function clampLogStd(logStd: number): number {
  return Math.min(Math.max(logStd, LOG_STD_RANGE.min), LOG_STD_RANGE.max);
}

/**
 * Takes the output of M's `mixture` chain apart: per row three blocks of `latent * components` numbers.
 *
 * @param output `[rows, 3 * latent * components]`
 * @returns copies, owned by the caller
 */
export function splitMixture(
  output: Float32Array,
  { rows, block }: { readonly rows: number; readonly block: number },
): Mixture {
  if (output.length !== rows * 3 * block) {
    throw invalid(
      `a mixture output of ${output.length} numbers was given where ${rows} rows need ${rows * 3 * block}`,
    );
  }
  const take = (part: number) => {
    const taken = new Float32Array(rows * block);
    for (let row = 0; row < rows; row++) {
      const start = (3 * row + part) * block;
      taken.set(output.subarray(start, start + block), row * block);
    }
    return taken;
  };
  return { logits: take(0), mean: take(1), logStd: take(2) };
}

/**
 * The components' probabilities at a temperature: softmax of `logits / temperature`, along the last axis.
 *
 * @param logits `[..., components]`
 * @returns the same shape, each run of `components` summing to 1
 */
export function mixtureWeights(logits: Float32Array, components: number, temperature = 1): Float64Array {
  assertTemperature(temperature);
  const weights = new Float64Array(logits.length);
  for (let start = 0; start < logits.length; start += components) {
    const end = start + components;
    let highest = -Infinity;
    for (let k = start; k < end; k++) highest = Math.max(highest, logits[k] ?? 0);
    let total = 0;
    for (let k = start; k < end; k++)
      total += weights[k] = Math.exp(((logits[k] ?? 0) - highest) / temperature);
    for (let k = start; k < end; k++) weights[k] = (weights[k] ?? 0) / total;
  }
  return weights;
}

/**
 * Draws the next latent from the predicted mixtures, as the paper does when it dreams: a component is chosen
 * independently for every dimension with weights softmax(logits / temperature), and its noise is scaled by
 * sqrt(temperature).
 *
 * @param mixture `[rows, latent, components]`
 * @param temperature dimensionless, > 0; 1 = as trained, higher = a less certain dream
 * @param rng consumed row by row, dimension by dimension: one `random` (component), one `standardNormal` (noise)
 * @param out `[rows, latent]`, written and returned; its length tells how many components there are
 */
export function sampleMixture(
  mixture: Mixture,
  temperature: number,
  rng: Rng,
  out: Float32Array,
): Float32Array {
  const uniform = new Float64Array(out.length);
  const normal = new Float64Array(out.length);
  for (let i = 0; i < out.length; i++) {
    uniform[i] = rng.random();
    normal[i] = rng.standardNormal();
  }
  return drawMixture(mixture, temperature, { uniform, normal }, out);
}

/** The random numbers of a draw, `[rows, latent]` each. */
export interface MixtureDraw {
  /** Within [0, 1]: chooses the component. */
  readonly uniform: Float32Array | Float64Array;
  /** Standard normal: the noise. */
  readonly normal: Float32Array | Float64Array;
}

/** `sampleMixture` from random numbers that are given: the reference of the dream's ONNX graph. */
export function drawMixture(
  mixture: Mixture,
  temperature: number,
  { uniform, normal }: MixtureDraw,
  out: Float32Array,
): Float32Array {
  assertTemperature(temperature);
  const { logits, mean, logStd } = mixture;
  const components = componentsOf(mixture, out.length);
  const noiseScale = Math.sqrt(temperature);
  const weights = new Float64Array(components);
  for (let i = 0; i < out.length; i++) {
    const start = i * components;
    let highest = -Infinity;
    for (let k = 0; k < components; k++) highest = Math.max(highest, logits[start + k] ?? 0);
    let total = 0;
    for (let k = 0; k < components; k++) {
      total += weights[k] = Math.exp(((logits[start + k] ?? 0) - highest) / temperature);
    }
    let remaining = (uniform[i] ?? 0) * total;
    let chosen = 0;
    // The last component takes what rounding leaves over.
    for (; chosen < components - 1; chosen++) {
      remaining -= weights[chosen] ?? 0;
      if (remaining < 0) break;
    }
    const scale = Math.exp(clampLogStd(logStd[start + chosen] ?? 0)) * noiseScale;
    out[i] = (mean[start + chosen] ?? 0) + scale * (normal[i] ?? 0);
  }
  return out;
}

/**
 * Log density of each target under its own mixture, by log-sum-exp, in nats.
 *
 * @param mixture `[rows, latent, components]`
 * @param target `[rows, latent]`
 * @returns `[rows, latent]`
 */
export function mixtureLogLikelihood(mixture: Mixture, target: Float32Array): Float64Array {
  const { logits, mean, logStd } = mixture;
  const components = componentsOf(mixture, target.length);
  const joint = new Float64Array(components);
  return Float64Array.from(target, (value, i) => {
    const start = i * components;
    const normaliser = logSumExp(logits.subarray(start, start + components));
    for (let k = 0; k < components; k++) {
      const logScale = clampLogStd(logStd[start + k] ?? 0);
      const standardised = (value - (mean[start + k] ?? 0)) / Math.exp(logScale);
      joint[k] = (logits[start + k] ?? 0) - normaliser - 0.5 * standardised ** 2 - logScale - HALF_LOG_TWO_PI;
    }
    return logSumExp(joint);
  });
}

/** Mean negative log-likelihood over rows and dimensions, nats per dimension: M's loss, and the reference for its trainer. */
export function mixtureNll(mixture: Mixture, target: Float32Array): number {
  return -mixtureLogLikelihood(mixture, target).reduce((sum, value) => sum + value, 0) / target.length;
}

const HALF_LOG_TWO_PI = 0.5 * Math.log(2 * Math.PI);

/** log Σ exp(x), without overflow. */
function logSumExp(values: Float32Array | Float64Array): number {
  let highest = -Infinity;
  for (const value of values) highest = Math.max(highest, value);
  let total = 0;
  for (const value of values) total += Math.exp(value - highest);
  return highest + Math.log(total);
}

function componentsOf({ logits, mean, logStd }: Mixture, latents: number): number {
  const components = logits.length / latents;
  if (
    !Number.isSafeInteger(components) ||
    components < 1 ||
    mean.length !== logits.length ||
    logStd.length !== logits.length
  ) {
    throw invalid(
      `a mixture of ${logits.length} logits, ${mean.length} means and ${logStd.length} log standard deviations ` +
        `does not fit ${latents} latent numbers: all three must be the same multiple of it`,
    );
  }
  return components;
}

function assertTemperature(temperature: number): void {
  if (!(temperature > 0 && temperature < Infinity)) {
    throw invalid(`temperature is ${temperature} and must be a number above 0 (1 = as trained)`);
  }
}

function invalid(message: string): DomainError {
  return new DomainError("invalid-argument", message);
}
