import { DomainError } from "@worldmodels/errors";
import type { Activation, Layer, NamedWeights, NetworkDescription } from "./description.js";
import { elementCount, planNetwork } from "./layer-plans.js";
import type { LayerPlan } from "./layer-plans.js";

/**
 * Runs one chain in plain TypeScript and float64: slow, and easy to believe. What every faster way of running a
 * network is tested against. Chains with an lstm are not for it: they need a state.
 *
 * @param input `[rows, ...input shape of the chain]`, row-major
 * @returns `[rows, ...output shape of the chain]`
 */
export function referenceForward(
  network: NetworkDescription,
  chainName: string,
  weights: NamedWeights,
  input: ArrayLike<number>,
): Float64Array {
  const chain = planNetwork(network).find((plan) => plan.chain.name === chainName);
  if (chain === undefined)
    throw new DomainError("invalid-argument", `the network has no chain "${chainName}"`);
  const size = elementCount(chain.inputShape);
  const rows = Array.from({ length: input.length / size }, (_, row) => {
    let values = Float64Array.from({ length: size }, (_, i) => input[row * size + i] ?? NaN);
    for (const layer of chain.layers) values = runLayer(layer, weights, values);
    return values;
  });
  return Float64Array.from(rows.flatMap((row) => [...row]));
}

function runLayer(plan: LayerPlan, weights: NamedWeights, x: Float64Array): Float64Array<ArrayBuffer> {
  const { layer, outputShape } = plan;
  if (layer.type === "reshape") return Float64Array.from(x);
  const [kernel, bias] = plan.parameters.map(({ name }) => weights[name]?.data);
  if (kernel === undefined || (bias === undefined && plan.parameters.length > 1)) {
    throw new DomainError("invalid-argument", `a weight of layer "${plan.chain}/${layer.name}" is missing`);
  }
  const activation = "activation" in layer ? layer.activation : "linear";
  const y = new Float64Array(elementCount(outputShape));
  for (const [i, j, k] of connections(layer, plan)) y[j] = (y[j] ?? NaN) + (x[i] ?? NaN) * (kernel[k] ?? NaN);
  return y.map((sum, j) => activate(activation, sum + (bias ? (bias[j % bias.length] ?? NaN) : 0)));
}

/** Every product of a layer: which input goes through which kernel element into which output. */
function* connections(
  layer: Layer,
  { inputShape, outputShape }: LayerPlan,
): Generator<[number, number, number]> {
  if (layer.type === "dense") {
    const [inputs = 0] = inputShape;
    for (let i = 0; i < inputs; i++) {
      for (let j = 0; j < layer.units; j++) yield [i, j, i * layer.units + j];
    }
    return;
  }
  if (layer.type !== "conv2d" && layer.type !== "conv2d-transpose") {
    throw new DomainError("unimplemented", `layer ${layer.type} needs more than its input`);
  }
  // A transposed convolution is a convolution with input and output exchanged; so is its kernel.
  const forwards = layer.type === "conv2d";
  const [, bigWidth = 0, bigChannels = 0] = forwards ? inputShape : outputShape;
  const [height = 0, width = 0, smallChannels = 0] = forwards ? outputShape : inputShape;
  const { kernel, stride } = layer;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      for (let u = 0; u < kernel; u++) {
        for (let v = 0; v < kernel; v++) {
          const bigPixel = (row * stride + u) * bigWidth + column * stride + v;
          for (let a = 0; a < bigChannels; a++) {
            for (let b = 0; b < smallChannels; b++) {
              const big = bigPixel * bigChannels + a;
              const small = (row * width + column) * smallChannels + b;
              const element = ((u * kernel + v) * bigChannels + a) * smallChannels + b;
              yield forwards ? [big, small, element] : [small, big, element];
            }
          }
        }
      }
    }
  }
}

function activate(activation: Activation, x: number): number {
  switch (activation) {
    case "relu":
      return Math.max(x, 0);
    case "sigmoid":
      return 1 / (1 + Math.exp(-x));
    case "tanh":
      return Math.tanh(x);
    case "linear":
      return x;
  }
}
