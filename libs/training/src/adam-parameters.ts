import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";
import { DomainError } from "@worldmodels/errors";
import { elementCount, parameterShapes, validateWeights } from "@worldmodels/networks";
import type { NamedWeights, NetworkDescription, WeightTensor } from "@worldmodels/networks";
import type { NamedTensors } from "./named-tensors.js";
import type { AdamVariable, TensorOps } from "./tensor-ops.js";

/** Everything that a training run needs to go on from where it stood, byte for byte. */
export interface TrainerState {
  /** Steps taken. */
  readonly step: number;
  /** Weights by their own names, Adam's moments by the same names behind `adam/first/` and `adam/second/`. */
  readonly tensors: NamedWeights;
}

/** Adam's step size: one for all steps, or a function of the steps taken before, from 0. */
export type LearningRate = number | ((step: number) => number);

export interface AdamOptions {
  readonly learningRate: LearningRate;
  /** Gradients are cut to ± this before Adam sees them. */
  readonly clipValue?: number;
}

/** The weights of a network under Adam (Kingma & Ba 2015, with TensorFlow's placing of epsilon). */
export interface AdamParameters {
  readonly step: number;
  /** All weights as tensors, which belong to the caller and are to be gone before `descend`. */
  read(): NamedTensors;
  /** One step for every weight; each must have a gradient. */
  descend(gradients: NamedTensors): void;
  exportWeights(): NamedWeights;
  exportState(): TrainerState;
  dispose(): void;
}

const [BETA_1, BETA_2, EPSILON] = [0.9, 0.999, 1e-8];
const [FIRST, SECOND] = ["adam/first/", "adam/second/"];

/** @throws DomainError `invalid-argument` where the state is not of this network */
export function createAdamParameters(
  network: NetworkDescription,
  initial: NamedWeights | TrainerState,
  { learningRate, clipValue }: AdamOptions,
  ops: TensorOps,
): AdamParameters {
  const state = isTrainerState(initial) ? initial : freshState(initial);
  const parts = splitState(network, state);
  const variables = new Map<string, AdamVariable>(
    Object.entries(parts.weights).map(([name, { shape, data }]) => [
      name,
      ops.createAdamVariable({
        shape,
        value: data,
        firstMoment: dataOf(parts.first, name),
        secondMoment: dataOf(parts.second, name),
      }),
    ]),
  );
  let step = state.step;
  return {
    get step() {
      return step;
    },
    read: () => Object.fromEntries([...variables].map(([name, variable]) => [name, variable.read()])),
    descend(gradients) {
      const size = typeof learningRate === "number" ? learningRate : learningRate(step);
      step += 1;
      const rate = {
        learningRate: size,
        beta1: BETA_1,
        beta2: BETA_2,
        epsilon: EPSILON,
        beta1Power: BETA_1 ** step,
        beta2Power: BETA_2 ** step,
      };
      for (const [name, variable] of variables) {
        const gradient = gradients[name];
        if (gradient === undefined) throw new Error(`no gradient for weight "${name}"`);
        tf.tidy(() => {
          variable.descend(clip(gradient, clipValue), rate);
        });
      }
    },
    exportWeights: () =>
      Object.fromEntries(
        [...variables].map(([name, variable]) => {
          const { shape, value } = variable.snapshot();
          return [name, { shape, data: value }];
        }),
      ),
    exportState: () => ({
      step,
      tensors: Object.fromEntries(
        [...variables].flatMap(([name, variable]) => {
          const { shape, value, firstMoment, secondMoment } = variable.snapshot();
          return [
            [name, { shape, data: value }],
            [FIRST + name, { shape, data: firstMoment }],
            [SECOND + name, { shape, data: secondMoment }],
          ];
        }),
      ),
    }),
    dispose() {
      for (const variable of variables.values()) variable.dispose();
    },
  };
}

function clip(gradient: Tensor, value: number | undefined): Tensor {
  return value === undefined ? gradient : tf.clipByValue(gradient, -value, value);
}

function isTrainerState(initial: NamedWeights | TrainerState): initial is TrainerState {
  return typeof initial["step"] === "number";
}

function freshState(weights: NamedWeights): TrainerState {
  const zeros = (prefix: string) =>
    Object.entries(weights).map(([name, { shape }]): [string, WeightTensor] => [
      prefix + name,
      { shape, data: new Float32Array(elementCount(shape)) },
    ]);
  return { step: 0, tensors: { ...weights, ...Object.fromEntries([...zeros(FIRST), ...zeros(SECOND)]) } };
}

function splitState(network: NetworkDescription, { step, tensors }: TrainerState) {
  if (!Number.isSafeInteger(step) || step < 0) {
    throw new DomainError(
      "invalid-argument",
      `the training state says ${step} steps; it must be a whole number of at least 0`,
    );
  }
  const startingWith = (prefix: string): NamedWeights =>
    Object.fromEntries(
      Object.entries(tensors)
        .filter(([name]) => name.startsWith(prefix))
        .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
    );
  const names = Object.keys(parameterShapes(network));
  const weights = Object.fromEntries(
    Object.entries(tensors)
      .filter(([name]) => !name.startsWith(FIRST) && !name.startsWith(SECOND))
      .sort(([a], [b]) => names.indexOf(a) - names.indexOf(b)),
  );
  const parts = { weights, first: startingWith(FIRST), second: startingWith(SECOND) };
  for (const part of Object.values(parts)) validateWeights(network, part);
  return parts;
}

function dataOf(weights: NamedWeights, name: string): Float32Array {
  return weights[name]?.data ?? new Float32Array();
}
