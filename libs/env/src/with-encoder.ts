import { withDerivedObservation } from "./derived-observation.js";
import { DomainError } from "@worldmodels/errors";
import type { VectorEnv } from "./vector-env.js";

/** V in front of an environment: how pixels become latents. */
export interface EncoderOptions {
  /** Numbers in z. */
  readonly latentDim: number;
  /** What V is, for the spec's versions, e.g. its artifact's digest. */
  readonly digest: string;
  /** The pixels that V takes; default: `wm64`. */
  readonly from?: string;
  /** The observations to give; default: the inner ones with `z` in the place of the pixels. */
  readonly observations?: readonly string[];
  /**
   * Encodes a batch, deterministically (the posterior's mean) and row by row.
   *
   * @param frames uint8 `[numEnvs, 64, 64, 3]`, valid during the call
   * @param latents float32 `[numEnvs, latentDim]`, to be written
   */
  encode(frames: Uint8Array, latents: Float32Array): void | Promise<void>;
}

/** V's decoder behind an environment of latents: how z becomes pixels again. */
export interface DecoderOptions {
  readonly digest: string;
  /** The latents that the decoder takes; default: `z`. */
  readonly from?: string;
  /** The observations to give; default: the inner ones with `wm64` in the place of the latents. */
  readonly observations?: readonly string[];
  /**
   * @param latents float32 `[numEnvs, latentDim]`, valid during the call
   * @param frames uint8 `[numEnvs, 64, 64, 3]`, to be written
   */
  decode(latents: Float32Array, frames: Uint8Array): void | Promise<void>;
}

/** A pixel environment that also gives `z`: the encoder runs once per reply, and only where z is wanted. */
export function withEncoder(env: VectorEnv, options: EncoderOptions): VectorEnv {
  const from = options.from ?? "wm64";
  expectDtype(env, from, "uint8");
  return withDerivedObservation(env, {
    from,
    name: "z",
    spec: { dtype: "float32", shape: [options.latentDim], low: -Infinity, high: Infinity, meaning: "LATENT" },
    versions: { encoder: options.digest },
    ...(options.observations && { observations: options.observations }),
    compute: (frames, latents) => options.encode(frames as Uint8Array, latents as Float32Array),
  });
}

/** A latent environment that also gives `wm64`, so that it looks like a pixel one to a caller. */
export function withDecoder(env: VectorEnv, options: DecoderOptions): VectorEnv {
  const from = options.from ?? "z";
  expectDtype(env, from, "float32");
  return withDerivedObservation(env, {
    from,
    name: "wm64",
    spec: { dtype: "uint8", shape: [64, 64, 3], low: 0, high: 255, meaning: "IMAGE_HWC_RGB" },
    versions: { decoder: options.digest },
    ...(options.observations && { observations: options.observations }),
    compute: (latents, frames) => options.decode(latents as Float32Array, frames as Uint8Array),
  });
}

function expectDtype(env: VectorEnv, name: string, dtype: "uint8" | "float32"): void {
  const found = env.spec.observations[name]?.dtype;
  if (found === undefined || found === dtype) return;
  throw new DomainError(
    "invalid-argument",
    `${env.spec.id}: observation "${name}" is ${found}, but ${dtype} is needed`,
  );
}
