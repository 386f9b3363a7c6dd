import * as tf from "@tensorflow/tfjs-core";
import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import { DomainError } from "@worldmodels/errors";
import { elementCount, outputShapes } from "@worldmodels/networks";
import type { NamedWeights, NetworkDescription } from "@worldmodels/networks";
import type { Rng } from "@worldmodels/rng";
import type { VaeConfig, VaeLoss } from "@worldmodels/vae";
import { createAdamParameters } from "./adam-parameters.js";
import type { LearningRate, TrainerState } from "./adam-parameters.js";
import { takeTensors } from "./named-tensors.js";
import type { NamedTensors } from "./named-tensors.js";
import { createChain } from "./network-chain.js";
import type { ChainRun } from "./network-chain.js";
import type { TrainingBackend } from "./select-backend.js";

export interface VaeTrainer {
  /** Steps taken, those of a restored state included. */
  readonly stepCount: number;
  /**
   * One step of Adam on a batch.
   *
   * @param frames uint8 `[batch, ...frame shape]`
   * @param rng gives the batch's noise, `[batch, latentDim]` standard normals row by row; for a run that can be
   *   resumed, derive it from the seed and the step's number
   */
  step(frames: Uint8Array, rng: Rng): VaeLoss;
  /** The loss on a batch, without learning from it. */
  evaluate(frames: Uint8Array, rng: Rng): VaeLoss;
  /** Loss and the gradient of every weight, without a step; for tests. */
  gradients(frames: Uint8Array, rng: Rng): { readonly loss: VaeLoss; readonly gradients: NamedWeights };
  exportWeights(): NamedWeights;
  /** Weights, moments and step count; given to `createVaeTrainer` as `initial`, they continue the run exactly. */
  exportState(): TrainerState;
  dispose(): void;
}

/**
 * Trains V on batches of frames: sum of squared errors plus KL with a floor, as `vaeLoss` defines them.
 *
 * @param network as `vaeNetwork` makes it, or any with the chains encoder, mean, logVariance and decoder
 * @param initial weights to begin from, or the state of an earlier run
 */
export function createVaeTrainer({
  network,
  config,
  initial,
  backend,
}: {
  readonly network: NetworkDescription;
  readonly config: Pick<VaeConfig, "klTolerance"> & { readonly learningRate: LearningRate };
  readonly initial: NamedWeights | TrainerState;
  readonly backend: TrainingBackend;
}): VaeTrainer {
  const { ops } = backend;
  const frameShape = network.inputs["frames"] ?? [];
  const frameSize = elementCount(frameShape);
  const [latentDim = 0] = outputShapes(network)["mean"] ?? [];
  const klFloor = config.klTolerance * latentDim;
  const parameters = createAdamParameters(network, initial, { learningRate: config.learningRate }, ops);
  const chains = {
    encoder: createChain(network, "encoder", ops),
    mean: createChain(network, "mean", ops),
    logVariance: createChain(network, "logVariance", ops),
    decoder: createChain(network, "decoder", ops),
  };

  function forward(frames: Uint8Array, rng: Rng, weights: NamedTensors): Forward {
    const batch = frames.length / frameSize;
    if (!Number.isSafeInteger(batch) || batch < 1) {
      throw new DomainError(
        "invalid-argument",
        `a batch of ${frames.length} bytes was given where frames of ${frameSize} bytes each are needed`,
      );
    }
    const pixels = tf.tensor(unitPixels(frames), [batch, ...frameShape], "float32");
    const noise = tf.tensor2d(rng.fillStandardNormal(new Float32Array(batch * latentDim)), [
      batch,
      latentDim,
    ]);
    const encoder = chains.encoder.forward(pixels, weights);
    const mean = chains.mean.forward(encoder.output, weights);
    const logVariance = chains.logVariance.forward(encoder.output, weights);
    const std: Tensor2D = tf.exp(tf.mul<Tensor2D>(logVariance.output, 0.5));
    const scaledNoise: Tensor2D = tf.mul(std, noise);
    const decoder = chains.decoder.forward(tf.add(mean.output, scaledNoise), weights);

    const error = tf.sub(decoder.output, pixels);
    const variance: Tensor2D = tf.square(std);
    const kl = tf.mul(
      0.5,
      tf.sum(tf.sub(tf.add(tf.square(mean.output), variance), tf.add(logVariance.output, 1)), 1),
    );
    const reconstruction = tf.div(tf.sum(tf.square(error)), batch);
    const loss = tf.add(reconstruction, tf.mean(tf.maximum(kl, klFloor)));
    const losses = tf.stack([loss, reconstruction, tf.mean(kl)]);
    return { batch, encoder, mean, logVariance, decoder, scaledNoise, variance, error, kl, losses };
  }

  function backward(run: Forward, weights: NamedTensors): Record<string, Tensor> {
    const gradients: Record<string, Tensor> = {};
    const back = (name: keyof typeof chains, dOutput: Tensor, chainRun: ChainRun, inputGradient = true) =>
      chains[name].backward(chainRun, dOutput, weights, gradients, { inputGradient });
    const dLatent = needed(back("decoder", tf.mul(run.error, 2 / run.batch), run.decoder));
    // A row below the floor pays a constant: its KL has no gradient.
    const klWeight = tf.div(tf.cast(tf.expandDims(tf.greater(run.kl, klFloor), 1), "float32"), run.batch);
    const dMean = tf.add(dLatent, tf.mul(run.mean.output, klWeight));
    const dLogVariance = tf.mul(
      0.5,
      tf.add(tf.mul(dLatent, run.scaledNoise), tf.mul(tf.sub(run.variance, 1), klWeight)),
    );
    const dFeatures = tf.add(
      needed(back("mean", dMean, run.mean)),
      needed(back("logVariance", dLogVariance, run.logVariance)),
    );
    back("encoder", dFeatures, run.encoder, false);
    return gradients;
  }

  /** Leaves the gradients to the caller; the weights' tensors are gone, so that they may change in place. */
  function differentiate(
    frames: Uint8Array,
    rng: Rng,
  ): { losses: Tensor; gradients: Record<string, Tensor> } {
    return tf.tidy(() => {
      const weights = parameters.read();
      const run = forward(frames, rng, weights);
      return { losses: run.losses, gradients: backward(run, weights) };
    });
  }

  return {
    get stepCount() {
      return parameters.step;
    },
    step(frames, rng) {
      const { losses, gradients } = differentiate(frames, rng);
      parameters.descend(gradients);
      tf.dispose(gradients);
      return readLosses(losses);
    },
    evaluate: (frames, rng) => readLosses(tf.tidy(() => forward(frames, rng, parameters.read()).losses)),
    gradients(frames, rng) {
      const { losses, gradients } = differentiate(frames, rng);
      return { loss: readLosses(losses), gradients: takeTensors(gradients) };
    },
    exportWeights: () => parameters.exportWeights(),
    exportState: () => parameters.exportState(),
    dispose: () => {
      parameters.dispose();
    },
  };
}

interface Forward {
  readonly batch: number;
  readonly encoder: ChainRun;
  readonly mean: ChainRun;
  readonly logVariance: ChainRun;
  readonly decoder: ChainRun;
  /** exp(logVariance / 2) · ε */
  readonly scaledNoise: Tensor2D;
  readonly variance: Tensor2D;
  /** Reconstruction minus frame, in [-1, 1]. */
  readonly error: Tensor;
  /** Per row, before the floor. */
  readonly kl: Tensor;
  /** `[loss, reconstruction, kl]` */
  readonly losses: Tensor;
}

function unitPixels(frames: Uint8Array): Float32Array {
  const pixels = new Float32Array(frames.length);
  for (let i = 0; i < frames.length; i++) pixels[i] = (frames[i] ?? 0) / 255;
  return pixels;
}

function readLosses(losses: Tensor): VaeLoss {
  const [loss = NaN, reconstruction = NaN, kl = NaN] = losses.dataSync<"float32">();
  losses.dispose();
  return { loss, reconstruction, kl };
}

function needed(gradient: Tensor | undefined): Tensor {
  if (gradient === undefined) throw new Error("a chain that was asked for its input's gradient gave none");
  return gradient;
}
