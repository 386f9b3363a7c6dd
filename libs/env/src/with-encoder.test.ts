import assert from "node:assert/strict";
import { test } from "node:test";
import { describeVectorEnv } from "./conformance/index.js";
import type { MakeOptions } from "./conformance/index.js";
import { createCountingEngine } from "./counting-engine.js";
import { createVectorEnv } from "./create-vector-env.js";
import type { VectorEnvOptions } from "./create-vector-env.js";
import { withDecoder, withEncoder } from "./with-encoder.js";

const FRAME = 64 * 64 * 3;
const LATENT_DIM = 8;

/** Reads the 16-bit pieces that the counting environment's picture begins with. */
function encode(frames: Uint8Array, latents: Float32Array): Promise<void> {
  for (let row = 0; row < frames.length / FRAME; row++) {
    for (let i = 0; i < LATENT_DIM; i++) {
      const at = row * FRAME + 2 * i;
      latents[row * LATENT_DIM + i] = frames[at]! + 256 * frames[at + 1]!;
    }
  }
  return Promise.resolve();
}

/** The inverse: repeats the 16 bytes of the latent all over the picture. */
function decode(latents: Float32Array, frames: Uint8Array): void {
  for (let i = 0; i < frames.length; i++) {
    const row = Math.floor(i / FRAME);
    const limb = latents[row * LATENT_DIM + (((i % FRAME) >> 1) % LATENT_DIM)]!;
    frames[i] = i % 2 === 0 ? limb % 256 : Math.floor(limb / 256);
  }
}

function openPixels(options: MakeOptions) {
  const { numEnvs, maxEpisodeSteps = 1000, ...rest } = options;
  const engine = createCountingEngine({ numEnvs, episodeLength: 2000, maxEpisodeSteps });
  const { z: _, ...observations } = engine.spec.observations;
  return createVectorEnv({ ...engine, spec: { ...engine.spec, observations } }, rest);
}

// The inner environment is opened with all that it has: the wrapper then asks for what a reply needs.
const encoded = ({ observations, ...options }: MakeOptions) =>
  Promise.resolve(
    withEncoder(openPixels({ ...options, observations: ["count", "action", "wm64"] }), {
      latentDim: LATENT_DIM,
      digest: "test",
      encode,
      observations: observations ?? ["z", "count"],
    }),
  );

describeVectorEnv("an environment with V in front", encoded);

describeVectorEnv("an environment of latents with the decoder behind", ({ observations, ...options }) => {
  const { numEnvs, maxEpisodeSteps = 1000, ...rest } = options;
  const inner: VectorEnvOptions = { ...rest, observations: ["z", "count", "action"] };
  const engine = createCountingEngine({ numEnvs, episodeLength: 2000, maxEpisodeSteps });
  const { wm64: _, ...latentOnly } = engine.spec.observations;
  const env = createVectorEnv({ ...engine, spec: { ...engine.spec, observations: latentOnly } }, inner);
  return Promise.resolve(withDecoder(env, { digest: "test", decode, ...(observations && { observations }) }));
});

test("z is the encoder's, also in the last observation of an episode", async () => {
  const env = await encoded({ numEnvs: 2, maxEpisodeSteps: 2, autoreset: "SAME_STEP" });
  await env.reset({ seeds: 300n });
  await env.step(new Float32Array(4));
  const batch = await env.step(new Float32Array(4));
  const expected = (seed: number, episode: number, step: number) => [seed, 0, 0, 0, episode, 0, step, 0];
  assert.deepEqual([...batch.observations.z!], [...expected(300, 2, 0), ...expected(301, 2, 0)]);
  assert.deepEqual([...batch.finalObservations!.z!], [...expected(300, 1, 2), ...expected(301, 1, 2)]);
  assert.equal(env.spec.versions.encoder, "test");
  assert.deepEqual(env.spec.observations.z!.shape, [LATENT_DIM]);
});

test("the encoder always gets a full batch, and none where z is not wanted", async () => {
  const sizes: number[] = [];
  const pixels = openPixels({ numEnvs: 3, observations: ["wm64", "count"] });
  const env = withEncoder(pixels, {
    latentDim: LATENT_DIM,
    digest: "test",
    encode: (frames, latents) => {
      sizes.push(frames.length / FRAME);
      return encode(frames, latents);
    },
  });
  assert.deepEqual(env.observationNames, ["z", "count"]);
  await env.reset();
  const part = await env.step(new Float32Array(2), { slots: [2] });
  assert.equal(part.observations.z!.length, LATENT_DIM);
  const unseen = await env.step(new Float32Array(6), { observations: ["count"] });
  assert.deepEqual(Object.keys(unseen.observations), ["count"]);
  assert.deepEqual(sizes, [3, 3]);
});

test("an environment opened without pixels, or with others than V takes, is refused", () => {
  const options = { latentDim: LATENT_DIM, digest: "test", encode };
  assert.throws(() => withEncoder(openPixels({ numEnvs: 1 }), options), {
    code: "invalid-argument",
    message: /opened without the observation "wm64"/,
  });
  assert.throws(() => withEncoder(openPixels({ numEnvs: 1 }), { ...options, from: "count" }), {
    code: "invalid-argument",
    message: /"count" is float64, but uint8 is needed/,
  });
});
