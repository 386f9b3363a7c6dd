import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import { mdnRnnConfigOf } from "@worldmodels/mdn-rnn";
import type { RecurrentState } from "@worldmodels/mdn-rnn";
import type { NamedWeights, NetworkDescription } from "@worldmodels/networks";
import type { Rng } from "@worldmodels/rng";
import { createAdamParameters } from "./adam-parameters.js";
import type { LearningRate, TrainerState } from "./adam-parameters.js";
import { drawWindows } from "./latent-windows.js";
import type { DrawnWindows, LatentWindows } from "./latent-windows.js";
import { runSequence, sequenceGradients } from "./lstm-sequence.js";
import { mixtureHead } from "./mixture-head.js";
import { takeTensors, weightOf } from "./named-tensors.js";
import type { NamedTensors } from "./named-tensors.js";
import { createScalarHead, squaredError, weightedCrossEntropy } from "./scalar-head.js";
import type { TrainingBackend } from "./select-backend.js";
import type { LstmState, LstmWeights } from "./tensor-ops.js";

/** How M is trained; the paper's values are `defaultMdnRnnTraining`. */
export interface MdnRnnTraining {
  readonly learningRate: LearningRate;
  /** Gradients are cut to ± this. */
  readonly clipValue: number;
  /** Weight of the reward head's squared error, where there is one. */
  readonly rewardWeight: number;
  /** How much more a step that ends an episode counts in the terminated head's cross-entropy. */
  readonly terminatedPositiveWeight: number;
  /** Posterior standard deviation below which a latent dimension counts as active. */
  readonly activeBelowStd: number;
}

export const defaultMdnRnnTraining: MdnRnnTraining = {
  learningRate: 1e-3,
  clipValue: 1,
  rewardWeight: 1,
  terminatedPositiveWeight: 10,
  activeBelowStd: 0.9,
};

export interface MdnRnnLoss {
  /** `nll`, plus `rewardWeight` times `reward`, plus `terminated`, where there are such heads: what Adam descends. */
  readonly loss: number;
  /** Negative log-likelihood of the next latent, nats per dimension, mean over valid steps. */
  readonly nll: number;
  /**
   * The same over active dimensions only, NaN where none is. The others are unit noise that nobody can predict
   * (1.42 nats each), so the mean over all dimensions hardly moves.
   */
  readonly nllActive: number;
  /** Mean squared error of the reward; 0 without a head. */
  readonly reward: number;
  /** Mean weighted cross-entropy of the end of the episode, nats; 0 without a head. */
  readonly terminated: number;
}

/** What a batch of windows comes to. */
export interface MdnRnnStep {
  readonly loss: MdnRnnLoss;
  /** M's state after the last step of each window: give it with the windows that follow, and M remembers. */
  readonly state: RecurrentState;
}

export interface MdnRnnEvaluation extends MdnRnnStep {
  /** Logit of the end of the episode at every step, `[rows, steps]`, padding included; undefined without a head. */
  readonly terminatedLogits: Float32Array | undefined;
}

export interface MdnRnnTrainer {
  /** Steps taken, those of a restored state included. */
  readonly stepCount: number;
  /**
   * One step of Adam on a batch of windows. The gradient ends where the windows begin, whatever their state.
   *
   * @param rng draws the latents; for a run that can be resumed, derive it from the seed and the step's number
   */
  step(windows: LatentWindows, rng: Rng): MdnRnnStep;
  /** The loss on a batch, without learning from it. */
  evaluate(windows: LatentWindows, rng: Rng): MdnRnnEvaluation;
  /** Loss and the gradient of every weight, without a step; for tests. */
  gradients(
    windows: LatentWindows,
    rng: Rng,
  ): { readonly loss: MdnRnnLoss; readonly gradients: NamedWeights };
  exportWeights(): NamedWeights;
  /** Weights, moments and step count; given to `createMdnRnnTrainer` as `initial`, they continue the run exactly. */
  exportState(): TrainerState;
  dispose(): void;
}

/**
 * Trains M to predict the next latent (and reward and end of episode) from latents and actions, by back-propagation
 * through whole windows.
 *
 * @param network as `mdnRnnNetwork` makes it
 * @param initial weights to begin from, or the state of an earlier run
 */
export function createMdnRnnTrainer({
  network,
  training = defaultMdnRnnTraining,
  initial,
  backend,
}: {
  readonly network: NetworkDescription;
  readonly training?: MdnRnnTraining;
  readonly initial: NamedWeights | TrainerState;
  readonly backend: TrainingBackend;
}): MdnRnnTrainer {
  const { ops } = backend;
  const config = mdnRnnConfigOf(network);
  const parameters = createAdamParameters(network, initial, training, ops);
  const { rewardWeight, terminatedPositiveWeight } = training;
  const rewardHead = config.rewardHead ? createScalarHead(network, "reward", squaredError, ops) : undefined;
  const terminatedHead = config.terminatedHead
    ? createScalarHead(network, "terminated", weightedCrossEntropy(terminatedPositiveWeight), ops)
    : undefined;

  function forward(windows: DrawnWindows, weights: NamedTensors) {
    const { rows, steps } = windows;
    const all = rows * steps;
    const column = (values: Float32Array) => tf.tensor2d(values, [all, 1]);
    const keep = windows.keep && tf.tensor2d(windows.keep, [steps, rows]);
    const lstm: LstmWeights = {
      kernel: weightOf<Tensor2D>(weights, "lstm/cell/kernel"),
      bias: weightOf(weights, "lstm/cell/bias"),
      forgetBias: 1,
      peephole: tf.zeros([config.hidden]),
    };
    const inputs = tf.tensor3d(windows.inputs, [steps, rows, windows.inputs.length / all]);
    const sequence = runSequence(inputs, lstm, keep, toTensors(windows.state, rows), ops);
    const mixture = mixtureHead(
      sequence.hidden,
      { kernel: weightOf(weights, "mixture/dense/kernel"), bias: weightOf(weights, "mixture/dense/bias") },
      tf.transpose(tf.tensor2d(windows.targets, [all, config.latentDim])),
      tf.tensor1d(meanWeights(windows.targetMask, config.latentDim)),
    );
    const stepWeights = column(meanWeights(windows.mask, 1));
    const reward = rewardHead?.forward(sequence.hidden, column(windows.rewards), stepWeights, weights);
    const terminated = terminatedHead?.forward(
      sequence.hidden,
      column(windows.terminated),
      stepWeights,
      weights,
    );
    const zero = tf.scalar(0);
    const losses = tf.concat([
      mixture.nll,
      tf.stack([reward?.loss ?? zero, terminated?.loss ?? zero]) as Tensor1D,
    ]);
    return { keep, lstm, sequence, mixture, reward, terminated, losses };
  }

  function backward(run: ReturnType<typeof forward>): Record<string, Tensor> {
    const mixture = run.mixture.gradients();
    const gradients: Record<string, Tensor> = {
      "mixture/dense/kernel": mixture.kernel,
      "mixture/dense/bias": mixture.bias,
    };
    const dHidden = [
      mixture.hidden,
      run.reward?.backward(rewardWeight, gradients),
      run.terminated?.backward(1, gradients),
    ].filter((gradient) => gradient !== undefined);
    const lstm = sequenceGradients(run.sequence, tf.addN(dHidden), run.lstm, run.keep, ops);
    return { ...gradients, "lstm/cell/kernel": lstm.kernel, "lstm/cell/bias": lstm.bias };
  }

  function differentiate(windows: DrawnWindows) {
    return tf.tidy(() => {
      const run = forward(windows, parameters.read());
      return { losses: run.losses, last: stateOf(run.sequence.last), gradients: backward(run) };
    });
  }

  function readLosses(losses: Tensor, { posteriorStd }: DrawnWindows): MdnRnnLoss {
    const values = losses.dataSync<"float32">();
    losses.dispose();
    const { latentDim } = config;
    const [reward = NaN, terminated = NaN] = values.subarray(latentDim);
    const perDimension = values.subarray(0, latentDim);
    const active = perDimension.filter((_, d) => (posteriorStd[d] ?? 1) < training.activeBelowStd);
    const nll = sum(perDimension);
    return {
      loss: nll + rewardWeight * reward + terminated,
      nll,
      nllActive: (sum(active) * latentDim) / active.length,
      reward,
      terminated,
    };
  }

  return {
    get stepCount() {
      return parameters.step;
    },
    step(windows, rng) {
      const drawn = drawWindows(windows, config, rng);
      const { losses, last, gradients } = differentiate(drawn);
      parameters.descend(gradients);
      tf.dispose(gradients);
      return { loss: readLosses(losses, drawn), state: takeState(last) };
    },
    evaluate(windows, rng) {
      const drawn = drawWindows(windows, config, rng);
      const { losses, last, logits } = tf.tidy(() => {
        const { losses, sequence, terminated } = forward(drawn, parameters.read());
        const logits = terminated && tf.transpose(tf.reshape(terminated.output, [drawn.steps, drawn.rows]));
        return { losses, last: stateOf(sequence.last), logits };
      });
      return {
        loss: readLosses(losses, drawn),
        state: takeState(last),
        terminatedLogits: logits && take(logits),
      };
    },
    gradients(windows, rng) {
      const drawn = drawWindows(windows, config, rng);
      const { losses, last, gradients } = differentiate(drawn);
      tf.dispose(last);
      return { loss: readLosses(losses, drawn), gradients: takeTensors(gradients) };
    },
    exportWeights: () => parameters.exportWeights(),
    exportState: () => parameters.exportState(),
    dispose: () => {
      parameters.dispose();
    },
  };
}

function toTensors(state: RecurrentState | undefined, rows: number): LstmState | undefined {
  return (
    state && {
      hidden: tf.tensor2d(state.hidden, [rows, state.hidden.length / rows]),
      cell: tf.tensor2d(state.cell, [rows, state.cell.length / rows]),
    }
  );
}

/** The state alone: what `tf.tidy` is handed, it looks through for tensors to keep. */
function stateOf({ hidden, cell }: LstmState): { readonly hidden: Tensor2D; readonly cell: Tensor2D } {
  return { hidden, cell };
}

function takeState({ hidden, cell }: ReturnType<typeof stateOf>): RecurrentState {
  return { hidden: take(hidden), cell: take(cell) };
}

/** A tensor's numbers, copied; the tensor is disposed of. */
function take(tensor: Tensor): Float32Array {
  const values = Float32Array.from(tensor.dataSync<"float32">());
  tensor.dispose();
  return values;
}

/** Each row's share in a mean over the rows that count and, where asked for, over `dimensions`. */
function meanWeights(mask: Float32Array, dimensions: number): Float32Array {
  const count = sum(mask) * dimensions;
  return mask.map((flag) => (count > 0 ? flag / count : 0));
}

function sum(values: Float32Array): number {
  return values.reduce((total, value) => total + value, 0);
}
