import * as tf from "@tensorflow/tfjs-core";
import type { Rank, Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { LOG_STD_RANGE } from "@worldmodels/mdn-rnn";

/** The head's weights as the description has them: `[units, 3 * latent * components]` and `[3 * latent * components]`. */
export interface MixtureHeadWeights {
  readonly kernel: Tensor2D;
  readonly bias: Tensor1D;
}

export interface MixtureHeadResult {
  /** Summed weighted negative log-likelihood of each latent dimension, `[latent]`. */
  readonly nll: Tensor1D;
  /** Gradients of the sum of `nll`; called once, and only where a step is taken. */
  gradients(): { readonly hidden: Tensor2D; readonly kernel: Tensor2D; readonly bias: Tensor1D };
}

/**
 * M's mixture head and its loss in one, forwards and backwards. The gradient of a Gaussian mixture's log-likelihood
 * is written with the responsibilities r (Bishop 1994): π − r for logits, −r (z − μ)/σ² for means, r (1 − ((z − μ)/σ)²)
 * for log standard deviations.
 *
 * Inside, the components are the outermost axis (`[components, latent * rows]`), which makes reductions over them
 * run along contiguous memory: four times as fast as with components innermost, for a transposition of the small
 * kernel.
 *
 * @param hidden `[rows, units]`
 * @param targets `[latent, rows]`
 * @param weight of each row in the loss, `[rows]`
 */
export function mixtureHead(
  hidden: Tensor2D,
  { kernel, bias }: MixtureHeadWeights,
  targets: Tensor2D,
  weight: Tensor1D,
): MixtureHeadResult {
  const [latent, rows] = targets.shape;
  const [units, width] = kernel.shape;
  const components = width / (3 * latent);
  const slab = latent * rows;

  const outward = tf.reshape(tf.transpose(tf.reshape(kernel, [units, 3, latent, components]), [1, 3, 2, 0]), [
    width,
    units,
  ]);
  const outwardBias = tf.reshape(tf.transpose(tf.reshape(bias, [3, latent, components]), [0, 2, 1]), [
    width,
    1,
  ]);
  const output = tf.add(tf.matMul(outward, hidden, false, true), outwardBias);
  const [logits, mean, rawLogStd] = tf.split(tf.reshape(output, [3 * components, slab]), 3) as [
    Tensor2D,
    Tensor2D,
    Tensor2D,
  ];

  const logStd = tf.clipByValue(rawLogStd, LOG_STD_RANGE.min, LOG_STD_RANGE.max);
  const inverseStd: Tensor2D = tf.exp(tf.neg(logStd));
  const standardised: Tensor2D = tf.mul(tf.sub(tf.reshape(targets, [1, slab]), mean), inverseStd);
  const squared: Tensor2D = tf.square(standardised);
  const joint = softmaxOverComponents(tf.sub(tf.sub(logits, logStd), tf.mul(0.5, squared)));
  const prior = softmaxOverComponents(logits);
  const nll = tf.add(tf.sub(prior.logSum, joint.logSum), 0.5 * Math.log(2 * Math.PI));
  const weighted = tf.mul(tf.reshape(nll, [latent, rows]), weight);

  return {
    nll: tf.sum(weighted, 1),
    gradients() {
      const rowWeight = tf.reshape(tf.tile(weight, [latent]), [1, slab]);
      const responsibilities = tf.mul(joint.probabilities(), rowWeight);
      const dLogits = tf.sub(tf.mul(prior.probabilities(), rowWeight), responsibilities);
      const dMean = tf.neg(tf.mul(responsibilities, tf.mul(standardised, inverseStd)));
      // Where the clamp holds, the output has no influence.
      const free = tf.cast(tf.equal(logStd, rawLogStd), "float32");
      const dLogStd = tf.mul(tf.mul(responsibilities, tf.sub(1, squared)), free);
      const dOutput = tf.reshape<Rank.R2>(tf.concat([dLogits, dMean, dLogStd]), [width, rows]);
      const dKernel = tf.reshape<Rank.R4>(tf.matMul(dOutput, hidden), [3, components, latent, units]);
      const dBias = tf.reshape(tf.sum(dOutput, 1), [3, components, latent]);
      return {
        hidden: tf.matMul(dOutput, outward, true, false),
        kernel: tf.reshape(tf.transpose(dKernel, [3, 0, 2, 1]), [units, width]),
        bias: tf.reshape(tf.transpose(dBias, [0, 2, 1]), [width]),
      };
    },
  };
}

/** Softmax and its log-normaliser along the first axis. */
function softmaxOverComponents(logits: Tensor2D): { readonly logSum: Tensor; probabilities(): Tensor2D } {
  const highest = tf.max(logits, 0, true);
  const exponentials = tf.exp(tf.sub(logits, highest));
  const sum = tf.sum(exponentials, 0, true);
  return {
    logSum: tf.add(highest, tf.log(sum)),
    probabilities: () => tf.div<Tensor2D>(exponentials, sum),
  };
}
