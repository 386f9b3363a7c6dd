import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import type { NetworkDescription } from "@worldmodels/networks";
import { createChain } from "./network-chain.js";
import type { NamedTensors } from "./named-tensors.js";
import type { TensorOps } from "./tensor-ops.js";

/** A loss of one number per row: its weighted sum, and the gradient of that sum with respect to the outputs. */
export type ScalarLoss = (
  output: Tensor2D,
  target: Tensor2D,
  weight: Tensor2D,
) => { readonly loss: Tensor; readonly dOutput: Tensor };

/** A head of M that gives one number per step: the reward, or the logit of the episode's end. */
export interface ScalarHead {
  /**
   * @param hidden `[rows, units]`
   * @param target `[rows, 1]`
   * @param weight of each row in the loss, `[rows, 1]`
   */
  forward(hidden: Tensor2D, target: Tensor2D, weight: Tensor2D, weights: NamedTensors): ScalarHeadRun;
}

export interface ScalarHeadRun {
  /** `[rows, 1]`. */
  readonly output: Tensor;
  readonly loss: Tensor;
  /** Adds the head's weights to `gradients` and returns the gradient of `hidden`, of `scale` times the loss. */
  backward(scale: number, gradients: Record<string, Tensor>): Tensor2D;
}

export function createScalarHead(
  network: NetworkDescription,
  name: string,
  lossOf: ScalarLoss,
  ops: TensorOps,
): ScalarHead {
  const chain = createChain(network, name, ops);
  return {
    forward(hidden, target, weight, weights) {
      const run = chain.forward(hidden, weights);
      const { loss, dOutput } = lossOf(run.output as Tensor2D, target, weight);
      return {
        output: run.output,
        loss,
        backward: (scale, gradients) =>
          chain.backward(run, tf.mul(dOutput, scale), weights, gradients) as Tensor2D,
      };
    },
  };
}

/** (output − target)². */
export const squaredError: ScalarLoss = (output, target, weight) => {
  const error = tf.sub(output, target);
  const weighted = tf.mul(error, weight);
  return { loss: tf.sum(tf.mul(error, weighted)), dOutput: tf.mul(2, weighted) };
};

/**
 * Cross-entropy of a logit against a flag, in nats, the flag's rows counting `positiveWeight` times:
 * (1 − y) x + (1 + (q − 1) y) softplus(−x), without overflow at either end.
 */
export function weightedCrossEntropy(positiveWeight: number): ScalarLoss {
  return (logit, flag, weight) => {
    const negatives = tf.sub(1, flag);
    const factor = tf.add(1, tf.mul(positiveWeight - 1, flag));
    const softplus = tf.add(tf.log1p(tf.exp(tf.neg(tf.abs(logit)))), tf.relu(tf.neg(logit)));
    const loss = tf.add(tf.mul(negatives, logit), tf.mul(factor, softplus));
    const dLogit = tf.sub(negatives, tf.mul(factor, tf.sigmoid(tf.neg(logit))));
    return { loss: tf.sum(tf.mul(loss, weight)), dOutput: tf.mul(dLogit, weight) };
  };
}
