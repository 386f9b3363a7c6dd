import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { DomainError } from "@worldmodels/errors";
import { planNetwork } from "@worldmodels/networks";
import type { ChainPlan, LayerPlan, NetworkDescription } from "@worldmodels/networks";
import { weightOf } from "./named-tensors.js";
import type { NamedTensors } from "./named-tensors.js";
import { linearMapOf } from "./network-layers.js";
import type { LinearMap } from "./network-layers.js";
import type { TensorOps } from "./tensor-ops.js";

/** A chain of dense and convolution layers that runs forwards and backwards on named weights. */
export interface RunnableChain {
  /** @returns the output of every layer, the last one being the chain's own */
  forward(input: Tensor, weights: NamedTensors): ChainRun;
  /**
   * @param run what `forward` gave
   * @param dOutput gradient of the chain's output
   * @param gradients gets the gradient of every weight of the chain, by name
   * @returns the gradient of the chain's input, or undefined where it is not asked for
   */
  backward(
    run: ChainRun,
    dOutput: Tensor,
    weights: NamedTensors,
    gradients: Record<string, Tensor>,
    options?: { readonly inputGradient: boolean },
  ): Tensor | undefined;
}

export interface ChainRun {
  readonly input: Tensor;
  readonly outputs: readonly Tensor[];
  readonly output: Tensor;
}

/** The chain of this name, ready to run; gradients are written out by hand, not taken from a tape. */
export function createChain(network: NetworkDescription, name: string, ops: TensorOps): RunnableChain {
  const steps = planOf(network, name).layers.map((plan) => createStep(plan, ops));
  return {
    forward(input, weights) {
      const outputs: Tensor[] = [];
      let output = input;
      for (const step of steps) {
        output = step.forward(output, weights);
        outputs.push(output);
      }
      return { input, outputs, output };
    },
    backward(run, dOutput, weights, gradients, { inputGradient } = { inputGradient: true }) {
      let dy: Tensor | undefined = dOutput;
      for (const [i, step] of [...steps.entries()].reverse()) {
        const [x, y] = [run.outputs[i - 1] ?? run.input, run.outputs[i] ?? run.output];
        if (dy !== undefined)
          dy = step.backward({ x, y, dy, weights, gradients, inputGradient: inputGradient || i > 0 });
      }
      return dy;
    },
  };
}

interface Step {
  forward(x: Tensor, weights: NamedTensors): Tensor;
  backward(given: {
    readonly x: Tensor;
    readonly y: Tensor;
    readonly dy: Tensor;
    readonly weights: NamedTensors;
    readonly gradients: Record<string, Tensor>;
    readonly inputGradient: boolean;
  }): Tensor | undefined;
}

function createStep(plan: LayerPlan, ops: TensorOps): Step {
  if (plan.layer.type === "reshape") {
    return {
      forward: (x) => tf.reshape(x, [-1, ...plan.outputShape]),
      backward: ({ dy }) => tf.reshape(dy, [-1, ...plan.inputShape]),
    };
  }
  const map: LinearMap = linearMapOf(plan);
  const [kernelName = "", biasName = ""] = plan.parameters.map(({ name }) => name);
  return {
    forward: (x, weights) =>
      ops.activate(
        map.activation,
        ops.addBias(map.forward(x, weightOf(weights, kernelName)), weightOf(weights, biasName)),
      ),
    backward({ x, y, dy, weights, gradients, inputGradient }) {
      const dSum = ops.activationGradient(map.activation, dy, y);
      gradients[biasName] = ops.biasGradient(dSum);
      gradients[kernelName] = map.kernelGradient(x, dSum);
      return inputGradient ? map.inputGradient(dSum, weightOf(weights, kernelName)) : undefined;
    },
  };
}

function planOf(network: NetworkDescription, name: string): ChainPlan {
  const plan = planNetwork(network).find(({ chain }) => chain.name === name);
  if (plan === undefined) {
    throw new DomainError(
      "invalid-argument",
      `the network has no chain "${name}", only ${network.chains.map((chain) => chain.name).join(", ")}`,
    );
  }
  return plan;
}
