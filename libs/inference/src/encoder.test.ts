import assert from "node:assert/strict";
import { test } from "node:test";
import { isDomainError } from "@worldmodels/errors";
import { elementCount, initialiseWeights, outputShapes, referenceForward } from "@worldmodels/networks";
import type { NetworkDescription } from "@worldmodels/networks";
import { createRng } from "@worldmodels/rng";
import { vaeNetwork } from "@worldmodels/vae";
import { createDecoder, createEncoder } from "./encoder.js";
import type { TrainedNetwork } from "./trained-network.js";

/** Random weights, biases included, so that a bias in the wrong place shows. */
function randomNetwork(network: NetworkDescription, seed: number): TrainedNetwork {
  const rng = createRng(seed);
  const weights = initialiseWeights(network, rng);
  for (const { shape, data } of Object.values(weights)) {
    if (shape.length === 1) data.forEach((_, i) => (data[i] = rng.uniform(-0.2, 0.2)));
  }
  return { network, weights };
}

/** Not square, with two channels, a stride of 1, other activations, and a real reshape on both sides. */
const oddNetwork: NetworkDescription = {
  inputs: { frames: [9, 7, 2], latent: [3] },
  chains: [
    {
      name: "encoder",
      from: "frames",
      layers: [
        { type: "conv2d", name: "a", filters: 5, kernel: 3, stride: 2, activation: "tanh" },
        { type: "conv2d", name: "b", filters: 4, kernel: 2, stride: 1, activation: "sigmoid" },
        { type: "reshape", shape: [3 * 2 * 4] },
      ],
    },
    {
      name: "mean",
      from: "encoder",
      layers: [{ type: "dense", name: "d", units: 3, activation: "linear" }],
    },
    {
      name: "logVariance",
      from: "encoder",
      layers: [{ type: "dense", name: "d", units: 3, activation: "linear" }],
    },
    {
      name: "decoder",
      from: "latent",
      layers: [
        { type: "dense", name: "d", units: 24, activation: "relu" },
        { type: "reshape", shape: [2, 3, 4] },
        { type: "conv2d-transpose", name: "u", filters: 5, kernel: 3, stride: 2, activation: "tanh" },
        { type: "conv2d-transpose", name: "v", filters: 2, kernel: 2, stride: 1, activation: "sigmoid" },
      ],
    },
  ],
};

const networks: readonly (readonly [name: string, vae: TrainedNetwork])[] = [
  ["the paper's VAE", randomNetwork(vaeNetwork({ latentDim: 32 }), 1)],
  ["the paper's VAE for Doom", randomNetwork(vaeNetwork({ latentDim: 64 }), 2)],
  ["an odd network", randomNetwork(oddNetwork, 3)],
];

const forward = ({ network, weights }: TrainedNetwork, chain: string, input: ArrayLike<number>) =>
  referenceForward(network, chain, weights, input);
const randomFrames = (vae: TrainedNetwork, rows: number, seed: number) => {
  const rng = createRng(seed);
  const size = elementCount(vae.network.inputs["frames"]!);
  return Uint8Array.from({ length: rows * size }, () => rng.integers(256));
};
function assertClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  assert.equal(actual.length, expected.length);
  for (let i = 0; i < actual.length; i++) {
    const difference = Math.abs(actual[i]! - expected[i]!);
    assert.ok(difference <= tolerance, `[${i}]: ${actual[i]} instead of ${expected[i]}`);
  }
}

for (const [name, vae] of networks) {
  test(`${name} encodes bytes as its description says frames / 255, to 1e-5`, async () => {
    const encoder = await createEncoder({ vae, batch: 3, logVariance: true });
    const frames = randomFrames(vae, 2, 4);
    const { mean, logVariance } = await encoder.encode(frames);
    const features = forward(
      vae,
      "encoder",
      Float64Array.from(frames, (value) => value / 255),
    );
    assert.equal(mean.length, 2 * outputShapes(vae.network)["mean"]![0]!);
    assertClose(mean, forward(vae, "mean", features), 1e-5);
    assertClose(logVariance!, forward(vae, "logVariance", features), 1e-5);
    await encoder.close();
  });

  test(`${name} decodes to its description's numbers times 255, rounded`, async () => {
    const decoder = await createDecoder({ vae, batch: 2 });
    const latentDim = vae.network.inputs["latent"]![0]!;
    const latent = createRng(5).fillStandardNormal(new Float32Array(latentDim));
    const frame = await decoder.decode(latent);
    const expected = forward(vae, "decoder", latent);
    assertClose(
      frame,
      expected.map((value) => value * 255),
      0.5 + 1e-3,
    );
    assert.ok(new Set(frame).size > 5, "the picture is not flat");
    await decoder.close();
  });
}

for (const batch of [3, 8, 16]) {
  test(`a frame's latent has the same bytes in every row and company of a batch of ${batch}`, async () => {
    const [, vae] = networks[0]!;
    const encoder = await createEncoder({ vae, batch, logVariance: true });
    const size = elementCount(vae.network.inputs["frames"]!);
    const frame = randomFrames(vae, 1, 6);
    const seen = new Set<string>();
    for (let row = 0; row < batch; row++) {
      const frames = randomFrames(vae, batch, 100 + row);
      frames.set(frame, row * size);
      const { mean, logVariance } = await encoder.encode(frames);
      const part = (rows: Float32Array) => rows.slice(row * 32, (row + 1) * 32);
      seen.add(
        Buffer.concat([Buffer.from(part(mean).buffer), Buffer.from(part(logVariance!).buffer)]).toString(
          "hex",
        ),
      );
    }
    assert.equal(seen.size, 1);
    await encoder.close();
  });
}

test("without log variances there are none", async () => {
  const encoder = await createEncoder({ vae: networks[2]![1], batch: 1 });
  assert.equal((await encoder.encode(randomFrames(networks[2]![1], 1, 1))).logVariance, undefined);
  await encoder.close();
});

test("more rows than the batch, or a part of one, are refused with the sizes", async () => {
  const encoder = await createEncoder({ vae: networks[2]![1], batch: 2 });
  for (const length of [0, 125, 378]) {
    await assert.rejects(
      encoder.encode(new Uint8Array(length)),
      (error) =>
        isDomainError(error, "invalid-argument") &&
        error.message.includes(`frames has ${length} numbers; give 1 to 2 rows of 126`),
    );
  }
  await encoder.close();
});

test("weights of another network are refused by name", async () => {
  const { network, weights } = networks[2]![1];
  const { "mean/d/kernel": _, ...rest } = weights;
  await assert.rejects(
    createEncoder({ vae: { network, weights: rest }, batch: 1 }),
    (error) => isDomainError(error, "invalid-argument") && error.message.includes("mean/d/kernel"),
  );
});
