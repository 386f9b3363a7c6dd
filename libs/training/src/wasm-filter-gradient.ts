import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";

/**
 * Gives tfjs's wasm backend the one kernel that it lacks for training convolutions: the gradient of the filter,
 * as a matrix product per filter position of the strided input against the output's gradient.
 */
export function registerWasmFilterGradient(): void {
  const known = tf.getKernelsForBackend("wasm");
  if (known.some(({ kernelName }) => kernelName === "Conv2DBackpropFilter")) return;
  tf.registerKernel({
    kernelName: "Conv2DBackpropFilter",
    backendName: "wasm",
    kernelFunc: ({ inputs, attrs }) => {
      const { strides, filterShape } = attrs as unknown as FilterGradientAttributes;
      const stride = typeof strides === "number" ? strides : (strides[0] ?? 1);
      return tf.tidy(() =>
        filterGradient(inputs["x"] as Tensor4D, inputs["dy"] as Tensor4D, stride, filterShape),
      );
    },
  });
}

interface FilterGradientAttributes {
  readonly strides: number | readonly number[];
  readonly filterShape: readonly [number, number, number, number];
}

function filterGradient(
  x: Tensor4D,
  dy: Tensor4D,
  stride: number,
  [height, width, channels, filters]: readonly [number, number, number, number],
): Tensor {
  const [batch, outHeight, outWidth] = dy.shape;
  const flatDy = tf.reshape(dy, [batch * outHeight * outWidth, filters]);
  const products: Tensor[] = [];
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const patch = tf.stridedSlice(
        x,
        [0, row, column, 0],
        [batch, row + (outHeight - 1) * stride + 1, column + (outWidth - 1) * stride + 1, channels],
        [1, stride, stride, 1],
      );
      products.push(
        tf.matMul(tf.reshape(patch, [batch * outHeight * outWidth, channels]), flatDy, true, false),
      );
    }
  }
  return tf.reshape(tf.concat(products, 0), [height, width, channels, filters]);
}
