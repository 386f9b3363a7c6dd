import { DomainError } from "@worldmodels/errors";
import type { ChainPlan, NamedWeights } from "@worldmodels/networks";
import type { GraphBuilder, Value } from "./graph-builder.js";
import { weightsOf } from "./layers.js";

/** h and c of an lstm, each `[batch, units]`. */
export interface StateValues {
  readonly hidden: Value;
  readonly cell: Value;
}

/**
 * Adds one step of a chain that is a single lstm.
 *
 * One product for the four gates and a few small nodes: as fast as ONNX's LSTM (150 µs against 149 µs at 16 rows of 256
 * units), with the weights as they are.
 *
 * @param input `[batch, in]`
 */
export function addLstmStep(
  builder: GraphBuilder,
  plan: ChainPlan,
  weights: NamedWeights,
  input: Value,
  state: StateValues,
): StateValues {
  const [layerPlan] = plan.layers;
  if (layerPlan?.layer.type !== "lstm" || plan.layers.length !== 1) {
    throw new DomainError("invalid-argument", `chain "${plan.chain.name}" must be one lstm and nothing else`);
  }
  const { units, forgetBias } = layerPlan.layer;
  const [kernel, bias] = weightsOf(layerPlan, weights);
  const biasWithForget = bias.data.map((value, i) =>
    Math.floor(i / units) === FORGET_GATE ? value + forgetBias : value,
  );
  const gates = builder.node("Gemm", [
    builder.node("Concat", [input, state.hidden], { axis: 1 }),
    builder.floats(kernel.shape, kernel.data),
    builder.floats(bias.shape, biasWithForget),
  ]);
  const gate = (index: number) =>
    builder.node("Slice", [
      gates,
      builder.integers([index * units]),
      builder.integers([(index + 1) * units]),
      builder.integers([1]),
    ]);
  const sigmoid = (value: Value) => builder.node("Sigmoid", [value]);
  const tanh = (value: Value) => builder.node("Tanh", [value]);
  const times = (a: Value, b: Value) => builder.node("Mul", [a, b]);
  const kept = times(sigmoid(gate(FORGET_GATE)), state.cell);
  const written = times(sigmoid(gate(INPUT_GATE)), tanh(gate(CANDIDATE)));
  const cell = builder.node("Add", [kept, written]);
  return { hidden: times(sigmoid(gate(OUTPUT_GATE)), tanh(cell)), cell };
}

const INPUT_GATE = 0;
const CANDIDATE = 1;
const FORGET_GATE = 2;
const OUTPUT_GATE = 3;
