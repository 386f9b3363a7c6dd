import { elementCount } from "@worldmodels/networks";
import type { Activation, ChainPlan, LayerPlan, NamedWeights, WeightTensor } from "@worldmodels/networks";
import { DomainError } from "@worldmodels/errors";
import type { GraphBuilder, Value } from "./graph-builder.js";

/**
 * A batch inside a graph. `shape` is the description's, without the batch axis. Pictures are kept
 * channels-first (`[batch, channels, height, width]`), as ONNX's convolutions want them.
 */
export interface LayerValue {
  readonly value: Value;
  readonly shape: readonly number[];
  readonly channelsFirst: boolean;
}

/** Adds a chain's layers to the graph; for chains without an lstm, which needs its state (see `addLstmStep`). */
export function addChain(
  builder: GraphBuilder,
  plan: ChainPlan,
  weights: NamedWeights,
  input: LayerValue,
  batch: number,
): LayerValue {
  return plan.layers.reduce((value, layer) => addLayer(builder, layer, weights, value, batch), input);
}

/** Adds one layer: `[batch, ...input]` to `[batch, ...output]`. */
export function addLayer(
  builder: GraphBuilder,
  plan: LayerPlan,
  weights: NamedWeights,
  input: LayerValue,
  batch: number,
): LayerValue {
  const { layer, outputShape } = plan;
  switch (layer.type) {
    case "reshape": {
      const { value } = toRowMajor(builder, input);
      const shape = builder.integers([batch, ...outputShape]);
      return { value: builder.node("Reshape", [value, shape]), shape: outputShape, channelsFirst: false };
    }
    case "dense": {
      const [kernel, bias] = weightsOf(plan, weights);
      const value = builder.node("Gemm", [
        toRowMajor(builder, input).value,
        builder.floats(kernel.shape, kernel.data),
        builder.floats(bias.shape, bias.data),
      ]);
      return {
        value: addActivation(builder, layer.activation, value),
        shape: outputShape,
        channelsFirst: false,
      };
    }
    case "conv2d":
    case "conv2d-transpose": {
      const [kernel, bias] = weightsOf(plan, weights);
      const value = builder.node(
        layer.type === "conv2d" ? "Conv" : "ConvTranspose",
        [
          toChannelsFirst(builder, input).value,
          addKernel(builder, kernel),
          builder.floats(bias.shape, bias.data),
        ],
        { kernel_shape: [layer.kernel, layer.kernel], strides: [layer.stride, layer.stride] },
      );
      return {
        value: addActivation(builder, layer.activation, value),
        shape: outputShape,
        channelsFirst: true,
      };
    }
    case "lstm":
      throw new DomainError(
        "invalid-argument",
        `the lstm of chain "${plan.chain}" keeps a state between steps and cannot be one layer among others`,
      );
  }
}

/** The kernel and bias of a layer that has them. */
export function weightsOf(plan: LayerPlan, weights: NamedWeights): readonly [WeightTensor, WeightTensor] {
  const [kernel, bias] = plan.parameters.map(({ name }) => weights[name]);
  if (kernel === undefined || bias === undefined) {
    throw new DomainError(
      "invalid-argument",
      `weights ${plan.parameters.map(({ name }) => `"${name}"`).join(" and ")} are missing`,
    );
  }
  return [kernel, bias];
}

/** Pictures as `[batch, height, width, channels]`, the order of the description. */
export function toRowMajor(builder: GraphBuilder, input: LayerValue): LayerValue {
  if (!input.channelsFirst) return input;
  return {
    ...input,
    value: builder.node("Transpose", [input.value], { perm: [0, 2, 3, 1] }),
    channelsFirst: false,
  };
}

function toChannelsFirst(builder: GraphBuilder, input: LayerValue): LayerValue {
  if (input.channelsFirst) return input;
  return {
    ...input,
    value: builder.node("Transpose", [input.value], { perm: [0, 3, 1, 2] }),
    channelsFirst: true,
  };
}

/**
 * ONNX keeps kernels as `[out, in, k, k]` for convolutions and `[in, out, k, k]` for transposed ones. The
 * description's `[k, k, in, out]` and `[k, k, out, in]` are the same permutation away from both.
 */
function addKernel(builder: GraphBuilder, kernel: WeightTensor): Value {
  const [height = 0, width = 0, third = 0, fourth = 0] = kernel.shape;
  const data = new Float32Array(elementCount(kernel.shape));
  for (let t = 0; t < height * width; t++) {
    for (let a = 0; a < third; a++) {
      for (let b = 0; b < fourth; b++) {
        data[(b * third + a) * height * width + t] = kernel.data[(t * third + a) * fourth + b] ?? 0;
      }
    }
  }
  return builder.floats([fourth, third, height, width], data);
}

function addActivation(builder: GraphBuilder, activation: Activation, value: Value): Value {
  switch (activation) {
    case "linear":
      return value;
    case "relu":
      return builder.node("Relu", [value]);
    case "sigmoid":
      return builder.node("Sigmoid", [value]);
    case "tanh":
      return builder.node("Tanh", [value]);
  }
}
