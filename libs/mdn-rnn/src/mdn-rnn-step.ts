import { DomainError } from "@worldmodels/errors";
import type { NamedWeights, NetworkDescription } from "@worldmodels/networks";
import { mdnRnnConfigOf } from "./mdn-rnn-network.js";
import { splitMixture } from "./mixture.js";
import type { Mixture } from "./mixture.js";

/** The LSTM's memory of each row's past; zeros at the start of an episode. */
export interface RecurrentState {
  /** h, `[rows, hidden]`. */
  readonly hidden: Float32Array;
  /** c, `[rows, hidden]`. */
  readonly cell: Float32Array;
}

export interface MdnRnnPrediction extends RecurrentState {
  readonly mixture: Mixture;
  /** `[rows]`, where M has a reward head. */
  readonly reward: Float32Array | undefined;
  /** `[rows]`, where M has a terminated head. */
  readonly terminatedLogit: Float32Array | undefined;
}

/**
 * One step of M in plain TypeScript: slow, and easy to believe. The reference for the trainer and the ONNX graph.
 *
 * @param input rows of latent, action and, where M reads it, restart flag
 * @param state before this step; not changed
 */
export function mdnRnnStep(
  network: NetworkDescription,
  weights: NamedWeights,
  input: { readonly latent: Float32Array; readonly action: Float32Array; readonly restart?: Float32Array },
  state: RecurrentState,
): MdnRnnPrediction {
  const config = mdnRnnConfigOf(network);
  const rows = state.hidden.length / config.hidden;
  const restart = config.restartInput ? [input.restart ?? new Float32Array(rows)] : [];
  const { hidden, cell } = lstmStep(
    {
      kernel: weightOf(weights, "lstm/cell/kernel"),
      bias: weightOf(weights, "lstm/cell/bias"),
      forgetBias: 1,
    },
    concatenateRows([input.latent, input.action, ...restart], rows),
    state,
  );
  const head = (name: string) =>
    denseRows(
      weightOf(weights, `${name}/dense/kernel`),
      weightOf(weights, `${name}/dense/bias`),
      hidden,
      rows,
    );
  return {
    hidden,
    cell,
    mixture: splitMixture(head("mixture"), { rows, block: config.latentDim * config.mixtures }),
    reward: config.rewardHead ? head("reward") : undefined,
    terminatedLogit: config.terminatedHead ? head("terminated") : undefined,
  };
}

/**
 * One step of an LSTM (Hochreiter & Schmidhuber 1997, with forget gate): gates i, j, f, o from `[x, h] kernel + bias`,
 * c' = σ(f + forgetBias) c + σ(i) tanh(j), h' = σ(o) tanh(c').
 *
 * @param weights kernel `[in + units, 4 * units]`, bias `[4 * units]`, gates in the order input, candidate, forget, output
 * @param input `[rows, in]`
 */
export function lstmStep(
  weights: { readonly kernel: Float32Array; readonly bias: Float32Array; readonly forgetBias: number },
  input: Float32Array,
  state: RecurrentState,
): RecurrentState {
  const units = weights.bias.length / 4;
  const rows = state.hidden.length / units;
  const gates = denseRows(weights.kernel, weights.bias, concatenateRows([input, state.hidden], rows), rows);
  const hidden = new Float32Array(rows * units);
  const cell = new Float32Array(rows * units);
  for (let i = 0; i < hidden.length; i++) {
    const row = Math.floor(i / units);
    const gate = (which: number) => gates[(4 * row + which) * units + (i % units)] ?? 0;
    const kept = sigmoid(gate(2) + weights.forgetBias) * (state.cell[i] ?? 0);
    const next = kept + sigmoid(gate(0)) * Math.tanh(gate(1));
    cell[i] = next;
    hidden[i] = sigmoid(gate(3)) * Math.tanh(next);
  }
  return { hidden, cell };
}

function denseRows(
  kernel: Float32Array,
  bias: Float32Array,
  input: Float32Array,
  rows: number,
): Float32Array {
  const units = bias.length;
  const width = input.length / rows;
  return Float32Array.from({ length: rows * units }, (_, i) => {
    const [row, unit] = [Math.floor(i / units), i % units];
    let sum = bias[unit] ?? 0;
    for (let k = 0; k < width; k++) sum += (input[row * width + k] ?? 0) * (kernel[k * units + unit] ?? 0);
    return sum;
  });
}

function concatenateRows(parts: readonly Float32Array[], rows: number): Float32Array {
  const width = parts.reduce((sum, part) => sum + part.length / rows, 0);
  const joined = new Float32Array(rows * width);
  let offset = 0;
  for (const part of parts) {
    const columns = part.length / rows;
    for (let row = 0; row < rows; row++) {
      joined.set(part.subarray(row * columns, (row + 1) * columns), row * width + offset);
    }
    offset += columns;
  }
  return joined;
}

function weightOf(weights: NamedWeights, name: string): Float32Array {
  const weight = weights[name];
  if (weight === undefined)
    throw new DomainError("invalid-argument", `weight "${name}" of the MDN-RNN is missing`);
  return weight.data;
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
