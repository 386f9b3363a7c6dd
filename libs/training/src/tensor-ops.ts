import type { Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-core";
import type { Activation } from "@worldmodels/networks";

/**
 * The steps of training for which the native TensorFlow has one fused operation where tfjs has several. Everything
 * else is written in plain tfjs. Tensors are float32; results belong to the caller's `tf.tidy`.
 */
export interface TensorOps {
  /** Adds `bias` `[channels]` to `x` `[..., channels]`. */
  addBias(x: Tensor, bias: Tensor): Tensor;
  /** Sums `dy` `[..., channels]` over all axes but the last: `[channels]`. */
  biasGradient(dy: Tensor): Tensor;
  activate(activation: Activation, x: Tensor): Tensor;
  /** The gradient before the activation, from the one after it and the activation's output `y`. */
  activationGradient(activation: Activation, dy: Tensor, y: Tensor): Tensor;
  /** One LSTM step for a batch. */
  lstmCell(x: Tensor2D, state: LstmState, weights: LstmWeights): LstmCellResult;
  /**
   * Back through one LSTM step.
   *
   * @param dHidden of this step's `hidden`; @param dCell of this step's `cell`
   * @returns the gradient of the gates' sums, `[batch, 4 * units]`, and that of the cell before the step
   */
  lstmCellGradient(
    result: LstmCellResult,
    weights: LstmWeights,
    dHidden: Tensor2D,
    dCell: Tensor2D,
  ): { readonly gates: Tensor2D; readonly cell: Tensor2D };
  /** A trainable variable with its Adam moments; `dispose` frees it. */
  createAdamVariable(initial: AdamVariableValue): AdamVariable;
}

export interface LstmState {
  readonly hidden: Tensor2D;
  readonly cell: Tensor2D;
}

export interface LstmWeights {
  /** `[in + units, 4 * units]`, gates in the order input, candidate, forget, output. */
  readonly kernel: Tensor2D;
  readonly bias: Tensor;
  readonly forgetBias: number;
  /** Zeros, `[units]`: TensorFlow's cell wants them even where, as here, there are no peepholes. */
  readonly peephole: Tensor1D;
}

/** A step's outcome, and what its gradient needs. */
export interface LstmCellResult extends LstmState {
  readonly input: Tensor2D;
  readonly before: LstmState;
  /** Gates after their activations: input, forget, output, candidate, and tanh of the new cell; `[batch, units]` each. */
  readonly gates: Readonly<Record<"input" | "forget" | "output" | "candidate" | "cellTanh", Tensor2D>>;
}

export interface AdamVariableValue {
  readonly shape: readonly number[];
  readonly value: Float32Array;
  readonly firstMoment: Float32Array;
  readonly secondMoment: Float32Array;
}

export interface AdamVariable {
  /** The value, as a tensor that the caller disposes of before the next `descend`. */
  read(): Tensor;
  /** One Adam step against the gradient. */
  descend(gradient: Tensor, rate: AdamRate): void;
  /** Copies of value and moments. */
  snapshot(): AdamVariableValue;
  dispose(): void;
}

/** Adam's numbers in one step. The powers come from the step count, so that a resumed run has the same to the last bit. */
export interface AdamRate {
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** `beta1` to the power of the step number, from 1. */
  readonly beta1Power: number;
  readonly beta2Power: number;
}
