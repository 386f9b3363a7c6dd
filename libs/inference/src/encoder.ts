import { bytesOf, createFixedSession, floatsOf } from "./fixed-session.js";
import { fillRows } from "./rows.js";
import type { TrainedNetwork } from "./trained-network.js";
import { buildDecoderGraph, buildEncoderGraph } from "./vae-graphs.js";

/** V from frames to latents. One call at a time; results are views, valid until the next call. */
export interface Encoder {
  /** Most rows of a call; fewer cost the same time. */
  readonly batch: number;
  /**
   * @param frames uint8 `[rows, 64, 64, 3]`
   * @returns `[rows, latentDim]` each; logVariance only where the encoder was made to give it
   */
  encode(
    frames: Uint8Array,
  ): Promise<{ readonly mean: Float32Array; readonly logVariance: Float32Array | undefined }>;
  close(): Promise<void>;
}

/** V from latents to frames. One call at a time; results are views, valid until the next call. */
export interface Decoder {
  readonly batch: number;
  /**
   * @param latent `[rows, latentDim]`
   * @returns uint8 `[rows, 64, 64, 3]`
   */
  decode(latent: Float32Array): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** @throws DomainError `invalid-argument` where the weights do not fit the network */
export async function createEncoder(options: {
  readonly vae: TrainedNetwork;
  readonly batch: number;
  readonly logVariance?: boolean;
}): Promise<Encoder> {
  const { vae, batch, logVariance = false } = options;
  const session = await createFixedSession(buildEncoderGraph(vae, { batch, logVariance }));
  const input = bytesOf(session.inputs, "frames");
  const mean = floatsOf(session.outputs, "mean");
  const spread = logVariance ? floatsOf(session.outputs, "logVariance") : undefined;
  const latentDim = mean.length / batch;
  return {
    batch,
    async encode(frames) {
      const rows = fillRows("frames", frames, input, batch);
      await session.run();
      return { mean: mean.subarray(0, rows * latentDim), logVariance: spread?.subarray(0, rows * latentDim) };
    },
    close: () => session.close(),
  };
}

/** @throws DomainError `invalid-argument` where the weights do not fit the network */
export async function createDecoder(options: {
  readonly vae: TrainedNetwork;
  readonly batch: number;
}): Promise<Decoder> {
  const { vae, batch } = options;
  const session = await createFixedSession(buildDecoderGraph(vae, { batch }));
  const input = floatsOf(session.inputs, "latent");
  const frames = bytesOf(session.outputs, "frames");
  return {
    batch,
    async decode(latent) {
      const rows = fillRows("latent", latent, input, batch);
      await session.run();
      return frames.subarray(0, (rows * frames.length) / batch);
    },
    close: () => session.close(),
  };
}
