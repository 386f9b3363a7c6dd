import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import * as tf from "@tensorflow/tfjs-core";
import { initialiseWeights, referenceForward } from "@worldmodels/networks";
import type { NamedWeights, NetworkDescription } from "@worldmodels/networks";
import { createRng } from "@worldmodels/rng";
import { defaultVaeConfig, vaeLoss, vaeNetwork } from "@worldmodels/vae";
import type { VaeLoss } from "@worldmodels/vae";
import { compareGradients } from "./gradient-check.js";
import { selectBackend } from "./select-backend.js";
import type { BackendPreference, TrainingBackend } from "./select-backend.js";
import { createVaeTrainer } from "./vae-trainer.js";

/** V in small, with every kind of layer that the paper's has: frames of 10 × 10 × 2, z of 3. */
const small: NetworkDescription = {
  inputs: { frames: [10, 10, 2], latent: [3] },
  chains: [
    {
      name: "encoder",
      from: "frames",
      layers: [
        { type: "conv2d", name: "conv1", filters: 4, kernel: 4, stride: 2, activation: "relu" },
        { type: "conv2d", name: "conv2", filters: 5, kernel: 2, stride: 2, activation: "relu" },
        { type: "reshape", shape: [20] },
      ],
    },
    {
      name: "mean",
      from: "encoder",
      layers: [{ type: "dense", name: "dense", units: 3, activation: "linear" }],
    },
    {
      name: "logVariance",
      from: "encoder",
      layers: [{ type: "dense", name: "dense", units: 3, activation: "linear" }],
    },
    {
      name: "decoder",
      from: "latent",
      layers: [
        { type: "dense", name: "dense", units: 6, activation: "linear" },
        { type: "reshape", shape: [1, 1, 6] },
        { type: "conv2d-transpose", name: "deconv1", filters: 10, kernel: 4, stride: 2, activation: "relu" },
        {
          type: "conv2d-transpose",
          name: "deconv2",
          filters: 2,
          kernel: 4,
          stride: 2,
          activation: "sigmoid",
        },
      ],
    },
  ],
};
const rows = 4;
const initial = initialiseWeights(small, createRng(2));
const frames = Uint8Array.from({ length: rows * 200 }, (_, i) => (i * 71 + (i % 200) * 13) % 256);

/** The loss by plain TypeScript, with the noise that the trainer draws from the same generator. */
function referenceLoss(weights: NamedWeights, klTolerance: number, seed: number): VaeLoss {
  const pixels = Float64Array.from(frames, (value) => value / 255);
  const features = referenceForward(small, "encoder", weights, pixels);
  const mean = referenceForward(small, "mean", weights, features);
  const logVariance = referenceForward(small, "logVariance", weights, features);
  const noise = createRng(seed).fillStandardNormal(new Float32Array(rows * 3));
  const z = mean.map((mu, i) => mu + Math.exp(logVariance[i]! / 2) * noise[i]!);
  return vaeLoss(pixels, referenceForward(small, "decoder", weights, z), mean, logVariance, {
    rows,
    klTolerance,
  });
}

for (const preference of ["auto", "wasm"] satisfies BackendPreference[]) {
  describe(`training V on the ${preference} backend`, () => {
    let backend: TrainingBackend;
    before(async () => {
      backend = await selectBackend(preference);
    });
    const trainerOf = (
      klTolerance: number,
      from: Parameters<typeof createVaeTrainer>[0]["initial"] = initial,
    ) =>
      createVaeTrainer({
        network: small,
        config: { klTolerance, learningRate: 0.01 },
        initial: from,
        backend,
      });

    for (const [name, klTolerance] of [
      ["above the KL floor", 0],
      ["below the KL floor", 5],
    ] as const) {
      test(`${name}, the loss is that of the plain reference`, () => {
        const expected = referenceLoss(initial, klTolerance, 8);
        const trainer = trainerOf(klTolerance);
        const loss = trainer.evaluate(frames, createRng(8));
        trainer.dispose();
        // Float32 sums of 200 squared errors, in a loss of about 20.
        for (const key of ["loss", "reconstruction", "kl"] as const) {
          assert.ok(
            Math.abs(loss[key] - expected[key]) < 1e-5 * expected.loss,
            `${key}: ${loss[key]}, ${expected[key]}`,
          );
        }
      });

      test(`${name}, every gradient agrees with differences of the plain reference`, () => {
        const trainer = trainerOf(klTolerance);
        const { gradients } = trainer.gradients(frames, createRng(8));
        trainer.dispose();
        const lossOf = (weights: NamedWeights) => referenceLoss(weights, klTolerance, 8).loss;
        for (const { name: weight, analytic, numeric } of compareGradients(initial, gradients, lossOf, {
          rng: createRng(4),
          epsilon: 1e-4,
        })) {
          // Float32 gradients, central differences at 1e-4, and kinks of relus.
          assert.ok(
            Math.abs(analytic - numeric) < 1e-7 + 1e-3 * Math.abs(numeric),
            `${weight}: ${analytic}, ${numeric}`,
          );
        }
      });
    }

    test("a run that is exported and resumed goes on byte for byte like one that is not", () => {
      const learn = (trainer: ReturnType<typeof trainerOf>, steps: readonly number[]) =>
        steps.map((step) => trainer.step(frames, createRng(100 + step)));
      const whole = trainerOf(0.5);
      const losses = learn(whole, [1, 2, 3, 4, 5, 6]);
      const first = trainerOf(0.5);
      const [early, state] = [learn(first, [1, 2, 3]), structuredClone(first.exportState())];
      const second = trainerOf(0.5, state);
      assert.equal(second.stepCount, 3);
      assert.deepEqual([...early, ...learn(second, [4, 5, 6])], losses);
      assert.deepEqual(second.exportState(), whole.exportState());
      for (const trainer of [whole, first, second]) trainer.dispose();
    });

    test("steps leave no tensors behind, and dispose frees the rest", () => {
      const empty = tf.memory().numTensors;
      const trainer = trainerOf(0.5);
      const held = tf.memory().numTensors;
      for (let step = 0; step < 3; step++) trainer.step(frames, createRng(step));
      trainer.evaluate(frames, createRng(1));
      trainer.exportState();
      assert.equal(tf.memory().numTensors, held);
      trainer.dispose();
      assert.equal(tf.memory().numTensors, empty);
    });

    test("a batch that is not whole frames is refused", () => {
      const trainer = trainerOf(0.5);
      assert.throws(
        () => trainer.step(frames.subarray(1), createRng(1)),
        /799 bytes .* frames of 200 bytes each/,
      );
      assert.throws(() => trainer.step(new Uint8Array(), createRng(1)), /0 bytes/);
      trainer.dispose();
    });
  });
}

test("the paper's V learns real frames: in 40 steps the reconstruction error falls to half", async () => {
  // 12 frames of CarRacing-v3 (Gymnasium 1.4.0, box2d 2.3.10), rows 0-83, resized to 64 × 64.
  const pictures = new Uint8Array(
    gunzipSync(readFileSync(new URL("../fixtures/car-racing-frames.bin.gz", import.meta.url))),
  );
  const network = vaeNetwork({ latentDim: 32 });
  const trainer = createVaeTrainer({
    network,
    config: { ...defaultVaeConfig, learningRate: 1e-3 },
    initial: initialiseWeights(network, createRng(1)),
    backend: await selectBackend(),
  });
  const first = trainer.evaluate(pictures, createRng(0));
  for (let step = 0; step < 40; step++) trainer.step(pictures, createRng(step));
  const last = trainer.evaluate(pictures, createRng(0));
  trainer.dispose();
  assert.ok(
    last.reconstruction < 0.5 * first.reconstruction,
    `${first.reconstruction} to ${last.reconstruction}`,
  );
});
