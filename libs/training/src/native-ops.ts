import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import { portableOps } from "./portable-ops.js";
import type { AdamVariable, TensorOps } from "./tensor-ops.js";

/** Variables live in a table of the process by name, so that every one needs a name of its own. */
let variableCount = 0;
const nextVariableName = () => `worldmodels/${variableCount++}`;

/** The part of tfjs-node's backend that runs a TensorFlow operation by name. */
interface NativeBackend {
  readonly binding: Readonly<
    Record<
      "TF_FLOAT" | "TF_ATTR_TYPE" | "TF_ATTR_BOOL" | "TF_ATTR_FLOAT" | "TF_ATTR_STRING" | "TF_ATTR_SHAPE",
      number
    >
  >;
  executeMultipleOutputs(
    name: string,
    attributes: readonly Attribute[],
    inputs: readonly Tensor[],
    outputs: number,
  ): Tensor[];
}

interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/**
 * The operations by TensorFlow's own fused kernels, CPU or GPU. Against plain tfjs: a relu's gradient in one pass
 * instead of six, an LSTM step in one operation each way, and Adam in one pass over variables that TensorFlow holds
 * and changes in place.
 */
export function createNativeOps(): TensorOps {
  const backend = tf.backend() as unknown as NativeBackend;
  const { binding } = backend;
  const type = (name: string): Attribute => ({ name, type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT });
  const bool = (name: string, value: boolean): Attribute => ({ name, type: binding.TF_ATTR_BOOL, value });
  const float = (name: string, value: number): Attribute => ({ name, type: binding.TF_ATTR_FLOAT, value });
  const string = (name: string, value: string): Attribute => ({ name, type: binding.TF_ATTR_STRING, value });

  const runAll = (
    name: string,
    attributes: readonly Attribute[],
    inputs: readonly Tensor[],
    outputs: number,
  ) => backend.executeMultipleOutputs(name, attributes, inputs, outputs);
  const run = (name: string, attributes: readonly Attribute[], inputs: readonly Tensor[]): Tensor => {
    const [output] = runAll(name, attributes, inputs, 1);
    if (output === undefined) throw new Error(`TensorFlow's ${name} gave no output`);
    return output;
  };

  const channelsLast = string("data_format", "NHWC");
  const activationGradients = { relu: "ReluGrad", sigmoid: "SigmoidGrad", tanh: "TanhGrad" } as const;

  return {
    ...portableOps,
    addBias: (x, bias) => run("BiasAdd", [type("T"), channelsLast], [x, bias]),
    biasGradient: (dy) => run("BiasAddGrad", [type("T"), channelsLast], [dy]),

    activationGradient(activation, dy, y) {
      if (activation === "linear") return dy;
      // ReluGrad(gradient, features), but SigmoidGrad and TanhGrad(y, gradient).
      return run(activationGradients[activation], [type("T")], activation === "relu" ? [dy, y] : [y, dy]);
    },

    lstmCell(input, before, { kernel, bias, forgetBias, peephole }) {
      const [i, cell, f, o, candidate, cellTanh, hidden] = runAll(
        "LSTMBlockCell",
        [float("forget_bias", forgetBias), float("cell_clip", -1), bool("use_peephole", false), type("T")],
        [input, before.cell, before.hidden, kernel, peephole, peephole, peephole, bias],
        7,
      ) as [Tensor2D, Tensor2D, Tensor2D, Tensor2D, Tensor2D, Tensor2D, Tensor2D];
      return { input, before, cell, hidden, gates: { input: i, forget: f, output: o, candidate, cellTanh } };
    },

    lstmCellGradient({ input, before, cell, gates }, { kernel, bias, peephole }, dHidden, dCell) {
      const { input: i, forget, output, candidate, cellTanh } = gates;
      const [dCellBefore, dGates] = runAll(
        "LSTMBlockCellGrad",
        [bool("use_peephole", false), type("T")],
        [
          input,
          before.cell,
          before.hidden,
          kernel,
          peephole,
          peephole,
          peephole,
          bias,
          i,
          cell,
          forget,
          output,
          candidate,
          cellTanh,
          dCell,
          dHidden,
        ],
        5,
      ) as [Tensor2D, Tensor2D];
      return { gates: dGates, cell: dCellBefore };
    },

    createAdamVariable({ shape, value, firstMoment, secondMoment }): AdamVariable {
      const hold = (data: Float32Array) => {
        const handle = tf.keep(
          run(
            "VarHandleOp",
            [
              string("container", ""),
              string("shared_name", nextVariableName()),
              type("dtype"),
              { name: "shape", type: binding.TF_ATTR_SHAPE, value: shape },
            ],
            [],
          ),
        );
        tf.tidy(() => {
          const initial = tf.tensor(data.slice(), [...shape], "float32");
          runAll("AssignVariableOp", [type("dtype"), bool("validate_shape", false)], [handle, initial], 0);
        });
        return handle;
      };
      const handles = [hold(value), hold(firstMoment), hold(secondMoment)] as const;
      const [current, m, v] = handles;
      const read = (handle: Tensor) => run("ReadVariableOp", [type("dtype")], [handle]);
      // Out of tidy by hand: what tidy returns it searches for tensors, number by number, for seconds.
      const copy = (handle: Tensor) => {
        let values = new Float32Array(0);
        tf.tidy(() => {
          values = Float32Array.from(read(handle).dataSync<"float32">());
        });
        return values;
      };
      return {
        read: () => read(current),
        descend(gradient, rate) {
          tf.tidy(() => {
            const scalars = [
              rate.beta1Power,
              rate.beta2Power,
              rate.learningRate,
              rate.beta1,
              rate.beta2,
              rate.epsilon,
            ].map((number) => tf.scalar(number));
            runAll(
              "ResourceApplyAdam",
              [type("T"), bool("use_locking", false), bool("use_nesterov", false)],
              [current, m, v, ...scalars, gradient],
              0,
            );
          });
        },
        snapshot: () => ({ shape, value: copy(current), firstMoment: copy(m), secondMoment: copy(v) }),
        dispose() {
          for (const handle of handles) {
            runAll("DestroyResourceOp", [bool("ignore_lookup_error", true)], [handle], 0);
            handle.dispose();
          }
        },
      };
    },
  };
}
