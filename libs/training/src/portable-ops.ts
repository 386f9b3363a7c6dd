import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import type { AdamVariable, LstmCellResult, TensorOps } from "./tensor-ops.js";

/** The operations in plain tfjs, for any backend: what wasm runs, and what the native ones are tested against. */
export const portableOps: TensorOps = {
  addBias: (x, bias) => tf.add(x, bias),

  biasGradient: (dy) =>
    tf.sum(
      dy,
      dy.shape.slice(0, -1).map((_, axis) => axis),
    ),

  activate(activation, x) {
    switch (activation) {
      case "linear":
        return x;
      case "relu":
        return tf.relu(x);
      case "sigmoid":
        return tf.sigmoid(x);
      case "tanh":
        return tf.tanh(x);
    }
  },

  activationGradient(activation, dy, y) {
    switch (activation) {
      case "linear":
        return dy;
      case "relu":
        return tf.mul(dy, tf.cast(tf.greater(y, 0), "float32"));
      case "sigmoid":
        return tf.mul(dy, tf.mul(y, tf.sub(1, y)));
      case "tanh":
        return tf.mul(dy, tf.sub(1, tf.square(y)));
    }
  },

  lstmCell(input, before, { kernel, bias, forgetBias }): LstmCellResult {
    const sums = tf.add(tf.matMul(tf.concat([input, before.hidden], 1), kernel), bias);
    const [i, j, f, o] = tf.split(sums, 4, 1) as [Tensor2D, Tensor2D, Tensor2D, Tensor2D];
    const gates = {
      input: tf.sigmoid(i),
      candidate: tf.tanh(j),
      forget: tf.sigmoid(tf.add<Tensor2D>(f, forgetBias)),
      output: tf.sigmoid(o),
    };
    const cell: Tensor2D = tf.add(tf.mul(gates.forget, before.cell), tf.mul(gates.input, gates.candidate));
    const cellTanh = tf.tanh(cell);
    return { input, before, cell, hidden: tf.mul(gates.output, cellTanh), gates: { ...gates, cellTanh } };
  },

  lstmCellGradient({ gates, before }, _weights, dHidden, dCell) {
    const { input, candidate, forget, output, cellTanh } = gates;
    const total: Tensor2D = tf.add(
      dCell,
      portableOps.activationGradient("tanh", tf.mul(dHidden, output), cellTanh),
    );
    return {
      gates: tf.concat(
        [
          portableOps.activationGradient("sigmoid", tf.mul(total, candidate), input) as Tensor2D,
          portableOps.activationGradient("tanh", tf.mul(total, input), candidate) as Tensor2D,
          portableOps.activationGradient("sigmoid", tf.mul(total, before.cell), forget) as Tensor2D,
          portableOps.activationGradient("sigmoid", tf.mul(dHidden, cellTanh), output) as Tensor2D,
        ],
        1,
      ),
      cell: tf.mul(total, forget),
    };
  },

  createAdamVariable({ shape, value, firstMoment, secondMoment }): AdamVariable {
    const keep = (data: Float32Array) => tf.keep(tf.tensor(data.slice(), [...shape], "float32"));
    let [current, m, v] = [keep(value), keep(firstMoment), keep(secondMoment)];
    return {
      read: () => tf.clone(current),
      descend(gradient, { learningRate, beta1, beta2, epsilon, beta1Power, beta2Power }) {
        const scale = (learningRate * Math.sqrt(1 - beta2Power)) / (1 - beta1Power);
        const next = tf.tidy((): [Tensor, Tensor, Tensor] => {
          const nextM = tf.add(m, tf.mul(tf.sub(gradient, m), 1 - beta1));
          const nextV = tf.add(v, tf.mul(tf.sub(tf.square(gradient), v), 1 - beta2));
          const change = tf.mul(tf.div(nextM, tf.add(tf.sqrt(nextV), epsilon)), scale);
          return [tf.keep(tf.sub(current, change)), tf.keep(nextM), tf.keep(nextV)];
        });
        tf.dispose([current, m, v]);
        [current, m, v] = next;
      },
      snapshot: () => ({ shape, value: copy(current), firstMoment: copy(m), secondMoment: copy(v) }),
      dispose: () => {
        tf.dispose([current, m, v]);
      },
    };
  },
};

function copy(tensor: Tensor): Float32Array {
  return Float32Array.from(tensor.dataSync<"float32">());
}
