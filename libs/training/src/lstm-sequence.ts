import * as tf from "@tensorflow/tfjs-core";
import type { Rank, Tensor, Tensor2D, Tensor3D } from "@tensorflow/tfjs-core";
import type { LstmCellResult, LstmState, LstmWeights, TensorOps } from "./tensor-ops.js";

/** An LSTM run over a batch of sequences. */
export interface SequenceRun {
  /** Every step's hidden state, time-major and flat: `[steps * batch, units]`. */
  readonly hidden: Tensor2D;
  readonly cells: readonly LstmCellResult[];
  /** Where the last step leaves each sequence. */
  readonly last: LstmState;
}

/**
 * Runs the LSTM.
 *
 * @param inputs time-major, `[steps, batch, in]`
 * @param keep `[steps, batch]`, 0 where a sequence begins anew; undefined where none does
 * @param initial state before the first step; undefined for zero
 */
export function runSequence(
  inputs: Tensor3D,
  weights: LstmWeights,
  keep: Tensor2D | undefined,
  initial: LstmState | undefined,
  ops: TensorOps,
): SequenceRun {
  const keeps = keepColumns(keep);
  let state = initial ?? zeroState(inputs.shape[1], weights.peephole.shape[0]);
  const cells = (tf.unstack(inputs) as Tensor2D[]).map((input, step) => {
    const cell = ops.lstmCell(input, masked(state, keeps?.[step]), weights);
    state = cell;
    return cell;
  });
  return { hidden: tf.concat(cells.map(({ hidden }) => hidden)), cells, last: state };
}

/**
 * Back through time, as far as the first step: the state before it is taken as given. The weights' gradient is one matrix product over all steps: cheaper than adding up one per step,
 * as TensorFlow's BlockLSTMGrad does.
 *
 * @param dHidden gradient of every hidden state, `[steps * batch, units]`
 */
export function sequenceGradients(
  run: SequenceRun,
  dHidden: Tensor2D,
  weights: LstmWeights,
  keep: Tensor2D | undefined,
  ops: TensorOps,
): { readonly kernel: Tensor2D; readonly bias: Tensor } {
  const keeps = keepColumns(keep);
  const inputSize = run.cells[0]?.input.shape[1] ?? 0;
  const [, units] = dHidden.shape;
  const recurrentKernel = tf.slice(weights.kernel, [inputSize, 0], [units, -1]);
  const dHiddens = tf.split(dHidden, run.cells.length);
  const dGates: Tensor2D[] = [];
  const zeros = tf.zeros<Rank.R2>([dHidden.shape[0] / run.cells.length, units]);
  let later: LstmState = { hidden: zeros, cell: zeros };
  for (const [step, cell] of [...run.cells.entries()].reverse()) {
    const total = tf.add<Tensor2D>(dHiddens[step] ?? zeros, later.hidden);
    const gradient = ops.lstmCellGradient(cell, weights, total, later.cell);
    dGates.unshift(gradient.gates);
    if (step > 0) {
      const hidden: Tensor2D = tf.matMul(gradient.gates, recurrentKernel, false, true);
      later = masked({ hidden, cell: gradient.cell }, keeps?.[step]);
    }
  }
  const allGates = tf.concat(dGates);
  const product = (rows: readonly Tensor2D[]): Tensor2D =>
    tf.matMul(tf.concat([...rows]), allGates, true, false);
  return {
    kernel: tf.concat([
      product(run.cells.map(({ input }) => input)),
      product(run.cells.map(({ before }) => before.hidden)),
    ]),
    bias: ops.biasGradient(allGates),
  };
}

function zeroState(batch: number, units: number): LstmState {
  const zeros: Tensor2D = tf.zeros([batch, units]);
  return { hidden: zeros, cell: zeros };
}

function keepColumns(keep: Tensor2D | undefined): Tensor2D[] | undefined {
  return keep && tf.unstack(keep).map((flags) => tf.reshape(flags, [-1, 1]));
}

function masked(state: LstmState, keep: Tensor2D | undefined): LstmState {
  return keep === undefined ? state : { hidden: tf.mul(state.hidden, keep), cell: tf.mul(state.cell, keep) };
}
