import * as tf from "@tensorflow/tfjs-core";
import type { Rank, Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import { DomainError } from "@worldmodels/errors";
import type { Activation, LayerPlan } from "@worldmodels/networks";

/** A layer's linear part, forwards and backwards; bias and activation are the same for all and come after. */
export interface LinearMap {
  readonly activation: Activation;
  /** `x` times `kernel`, shape `[batch, ...outputShape]`. */
  forward(x: Tensor, kernel: Tensor): Tensor;
  /** The gradient of `x`. */
  inputGradient(dy: Tensor, kernel: Tensor): Tensor;
  kernelGradient(x: Tensor, dy: Tensor): Tensor;
}

/** The linear map of a dense or convolution layer. */
export function linearMapOf({ chain, layer, inputShape, outputShape, parameters }: LayerPlan): LinearMap {
  const kernelShape = [...(parameters[0]?.shape ?? [])];
  switch (layer.type) {
    case "dense":
      return {
        activation: layer.activation,
        forward: (x, kernel) => tf.matMul(x, kernel),
        inputGradient: (dy, kernel) => tf.matMul(dy, kernel, false, true),
        kernelGradient: (x, dy) => tf.matMul(x, dy, true, false),
      };
    case "conv2d": {
      const { stride } = layer;
      return {
        activation: layer.activation,
        forward: (x, kernel) => convolve(x, kernel, stride),
        inputGradient: (dy, kernel) => convolveBack(dy, kernel, stride, inputShape),
        kernelGradient: (x, dy) => filterGradient(x, dy, stride, kernelShape),
      };
    }
    case "conv2d-transpose": {
      const { stride } = layer;
      // A transposed convolution is a convolution's gradient: forwards and backwards change places.
      return inputShape[0] === 1 && inputShape[1] === 1
        ? { activation: layer.activation, ...growFromOnePixel(kernelShape) }
        : {
            activation: layer.activation,
            forward: (x, kernel) =>
              isThin(kernelShape, stride)
                ? convolveToSubpixels(x, kernel)
                : convolveBack(x, kernel, stride, outputShape),
            inputGradient: (dy, kernel) => convolve(dy, kernel, stride),
            kernelGradient: (x, dy) => filterGradient(dy, x, stride, kernelShape),
          };
    }
    case "lstm":
    case "reshape":
      throw new DomainError(
        "unimplemented",
        `layer ${layer.type} of chain "${chain}" is not a linear map; only dense and convolution layers are trained here`,
      );
  }
}

function convolve(x: Tensor, kernel: Tensor, stride: number): Tensor {
  return tf.conv2d(x as Tensor4D, kernel as Tensor4D, stride, "valid");
}

function convolveBack(dy: Tensor, kernel: Tensor, stride: number, shape: readonly number[]): Tensor {
  const [batch = 0] = dy.shape;
  return tf.conv2dTranspose(
    dy as Tensor4D,
    kernel as Tensor4D,
    [batch, ...shape] as Shape4D,
    stride,
    "valid",
  );
}

function filterGradient(x: Tensor, dy: Tensor, stride: number, filterShape: number[]): Tensor {
  return tf
    .engine()
    .runKernel(
      "Conv2DBackpropFilter",
      { x, dy },
      { strides: stride, pad: "valid", dataFormat: "NHWC", filterShape },
    );
}

/** From one pixel a transposed convolution is a dense layer: no patches overlap. */
function growFromOnePixel(kernelShape: readonly number[]): Omit<LinearMap, "activation"> {
  const [height = 1, width = 1, filters = 1, channels = 1] = kernelShape;
  const grown = height * width * filters;
  const flatPixel = (x: Tensor) => tf.reshape<Rank.R2>(x, [-1, channels]);
  const flatPicture = (y: Tensor) => tf.reshape<Rank.R2>(y, [-1, grown]);
  const matrix = (kernel: Tensor) => tf.reshape<Rank.R2>(kernel, [grown, channels]);
  return {
    forward: (x, kernel) =>
      tf.reshape(tf.matMul(flatPixel(x), matrix(kernel), false, true), [-1, height, width, filters]),
    inputGradient: (dy, kernel) =>
      tf.reshape(tf.matMul(flatPicture(dy), matrix(kernel)), [-1, 1, 1, channels]),
    kernelGradient: (x, dy) =>
      tf.reshape(tf.matMul(flatPicture(dy), flatPixel(x), true, false), [...kernelShape]),
  };
}

/** Stride 2, even kernel, few filters: the last layer of V's decoder, where the ordinary kernel is slow. */
function isThin([kernel = 0, , filters = 0]: readonly number[], stride: number): boolean {
  return stride === 2 && kernel % 2 === 0 && filters <= 8;
}

/**
 * A transposed convolution of stride 2 as an ordinary one of half the kernel that gives, for each input position,
 * the four pixels of a 2×2 block as channels; twice as fast as the direct way where filters are few.
 */
function convolveToSubpixels(x: Tensor, kernel: Tensor): Tensor {
  const [size = 0, , filters = 0, channels = 0] = kernel.shape;
  const half = size / 2;
  // kernel [size, size, out, in] -> [half, half, in, (row in block, column in block, out)], flipped
  const blocks = tf.reverse(tf.reshape(kernel, [half, 2, half, 2, filters, channels]), [0, 2]);
  const filter = tf.reshape(tf.transpose(blocks, [0, 2, 5, 1, 3, 4]), [half, half, channels, 4 * filters]);
  const border: [number, number] = [half - 1, half - 1];
  const padded = tf.pad(x, [[0, 0], border, border, [0, 0]]);
  return tf.depthToSpace(tf.conv2d(padded as Tensor4D, filter as Tensor4D, 1, "valid"), 2);
}

type Shape4D = [number, number, number, number];
