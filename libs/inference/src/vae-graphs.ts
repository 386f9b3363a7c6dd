import { DomainError } from "@worldmodels/errors";
import type { ChainPlan, NamedWeights } from "@worldmodels/networks";
import { GraphBuilder } from "./onnx/graph-builder.js";
import type { Value } from "./onnx/graph-builder.js";
import { addChain, toRowMajor } from "./onnx/layers.js";
import { chainsOf } from "./trained-network.js";
import type { TrainedNetwork } from "./trained-network.js";

/** ONNX's number for float32 in a Cast. */
const FLOAT32 = 1;
const UINT8 = 2;

export interface EncoderGraphOptions {
  /** Rows of every call. */
  readonly batch: number;
  /** Also give the log variance; default false, as driving by the mean does not need it. */
  readonly logVariance?: boolean;
}

/**
 * V's encoder as an ONNX file.
 *
 * In: `frames` uint8 `[batch, 64, 64, 3]`. Out: `mean` and, where asked for, `logVariance`, float32 `[batch, latentDim]`.
 */
export function buildEncoderGraph(vae: TrainedNetwork, options: EncoderGraphOptions): Uint8Array {
  const builder = new GraphBuilder("encoder");
  const { mean, logVariance, latentDim } = addEncoder(builder, vae, options);
  builder.output("mean", mean, "float32", [options.batch, latentDim]);
  if (logVariance !== undefined)
    builder.output("logVariance", logVariance, "float32", [options.batch, latentDim]);
  return builder.encode();
}

/** Adds the encoder and its input `frames` to a graph. */
export function addEncoder(
  builder: GraphBuilder,
  vae: TrainedNetwork,
  { batch, logVariance = false }: EncoderGraphOptions,
): { readonly mean: Value; readonly logVariance: Value | undefined; readonly latentDim: number } {
  const chain = chainsOf(vae);
  const encoder = chain("encoder");
  const weights = { ...vae.weights, ...kernelForBytes(encoder, vae.weights) };
  const frames = builder.input("frames", "uint8", [batch, ...encoder.inputShape]);
  const features = addChain(
    builder,
    encoder,
    weights,
    {
      value: builder.node("Cast", [frames], { to: FLOAT32 }),
      shape: encoder.inputShape,
      channelsFirst: false,
    },
    batch,
  );
  const head = (name: string) => addChain(builder, chain(name), weights, features, batch).value;
  return {
    mean: head("mean"),
    logVariance: logVariance ? head("logVariance") : undefined,
    latentDim: chain("mean").outputShape[0] ?? 0,
  };
}

/**
 * V's decoder as an ONNX file.
 *
 * In: `latent` float32 `[batch, latentDim]`. Out: `frames` uint8 `[batch, 64, 64, 3]`, each value rounded to the nearest.
 */
export function buildDecoderGraph(vae: TrainedNetwork, { batch }: { readonly batch: number }): Uint8Array {
  const builder = new GraphBuilder("decoder");
  const decoder = chainsOf(vae)("decoder");
  const latent = builder.input("latent", "float32", [batch, ...decoder.inputShape]);
  const picture = addChain(
    builder,
    decoder,
    vae.weights,
    { value: latent, shape: decoder.inputShape, channelsFirst: false },
    batch,
  );
  const scaled = builder.node("Round", [builder.node("Mul", [picture.value, builder.scalar(255)])]);
  const bytes = { ...picture, value: builder.node("Cast", [scaled], { to: UINT8 }) };
  builder.output("frames", toRowMajor(builder, bytes).value, "uint8", [batch, ...decoder.outputShape]);
  return builder.encode();
}

/** The first layer's kernel divided by 255, so that it reads bytes where the description has frames in [0, 1]. */
function kernelForBytes(encoder: ChainPlan, weights: NamedWeights): NamedWeights {
  const name = encoder.layers[0]?.parameters[0]?.name;
  const kernel = name === undefined ? undefined : weights[name];
  if (name === undefined || kernel === undefined) {
    throw new DomainError(
      "invalid-argument",
      "the encoder must begin with a layer that has weights, into which the bytes' scale goes",
    );
  }
  return { [name]: { shape: kernel.shape, data: kernel.data.map((value) => value / 255) } };
}
