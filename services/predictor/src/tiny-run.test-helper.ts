import { openRunStore, saveModel, writeRunManifest } from "@worldmodels/artifacts";
import type { ArtifactRef, ArtifactStore, RunManifest } from "@worldmodels/artifacts";
import { DREAM_STARTS, saveDreamStarts } from "@worldmodels/environments";
import { createRecordWriter, latentsLayout, toLatentRecord } from "@worldmodels/episodes";
import { defaultMdnRnnConfig, mdnRnnNetwork } from "@worldmodels/mdn-rnn";
import type { MdnRnnConfig } from "@worldmodels/mdn-rnn";
import { initialiseWeights } from "@worldmodels/networks";
import type { Layer, NamedWeights, NetworkDescription } from "@worldmodels/networks";
import { createRng } from "@worldmodels/rng";
import { vaeNetwork } from "@worldmodels/vae";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface TinyMdnRnn {
  readonly ref: ArtifactRef;
  readonly network: NetworkDescription;
  readonly weights: NamedWeights;
}

/** An M of a few units with random weights. */
export async function saveTinyMdnRnn(
  store: ArtifactStore,
  options: Partial<MdnRnnConfig> = {},
): Promise<TinyMdnRnn> {
  const network = mdnRnnNetwork({
    ...defaultMdnRnnConfig,
    latentDim: 4,
    hidden: 8,
    mixtures: 2,
    rewardHead: true,
    terminatedHead: true,
    ...options,
  });
  const weights = initialiseWeights(network, createRng(3));
  return { ref: await saveModel(store, { kind: "mdn-rnn", network, config: {}, weights }), network, weights };
}

/** The models of a dream of random weights. */
export async function saveTinyDream(store: ArtifactStore) {
  const vae = slim(vaeNetwork({ latentDim: 4 }));
  const rng = createRng(5);
  return {
    vae: await saveModel(store, {
      kind: "vae",
      network: vae,
      config: { latentDim: 4 },
      weights: initialiseWeights(vae, rng),
    }),
    "mdn-rnn": (await saveTinyMdnRnn(store)).ref,
    [DREAM_STARTS]: await saveDreamStarts(store, {
      latentDim: 4,
      latents: {
        mean: rng.fillStandardNormal(new Float32Array(10 * 4)),
        logVariance: new Float32Array(10 * 4).fill(-2),
      },
      action: { type: "BOX", size: 3, low: [-1, 0, 0], high: [1, 1, 1], names: ["steer", "gas", "brake"] },
      tickSeconds: 0.02,
      rewardRange: [-Infinity, Infinity],
      maxEpisodeSteps: 1000,
    }),
  };
}

/** A run folder as a run leaves it before C is evolved. */
export async function makeTinyRun(folder: string): Promise<RunManifest> {
  const manifest: RunManifest = {
    format: "worldmodels-run",
    version: 1,
    task: "car-racing",
    preset: "smoke",
    seed: "1",
    settings: {},
    command: "worldmodels train car-racing",
    artifacts: await saveTinyDream(openRunStore(folder)),
    stages: {},
  };
  await writeRunManifest(folder, manifest);
  return manifest;
}

/** V with a sixteenth of its channels. */
function slim(network: NetworkDescription): NetworkDescription {
  const thin = (layer: Layer): Layer => {
    switch (layer.type) {
      case "conv2d":
      case "conv2d-transpose":
        return { ...layer, filters: layer.filters === 3 ? 3 : layer.filters / 16 };
      case "reshape":
        return { ...layer, shape: layer.shape.map((size) => (size === 1024 ? 64 : size)) };
      case "dense":
        return { ...layer, units: layer.units === 1024 ? 64 : layer.units };
      case "lstm":
        return layer;
    }
  };
  return {
    ...network,
    chains: network.chains.map((chain) => ({ ...chain, layers: chain.layers.map(thin) })),
  };
}

/** Encoded episodes of noise, a few steps each. */
export async function saveTinyLatents(store: ArtifactStore, count = 3, steps = 6): Promise<ArtifactRef> {
  const work = mkdtempSync(join(tmpdir(), "tiny-latents-"));
  try {
    const layout = latentsLayout({
      latentDim: 4,
      actionNames: ["steer", "gas", "brake"],
      precision: "float32",
      origin: {},
    });
    const writer = await createRecordWriter(work, layout);
    for (let index = 0; index < count; index++) {
      const rng = createRng(index);
      const episode = {
        mean: rng.fillStandardNormal(new Float32Array(4 * steps)),
        logVariance: new Float32Array(4 * steps).fill(-2),
        actions: rng.fillStandardNormal(new Float32Array(3 * steps)),
        rewards: new Float64Array(steps).fill(-0.1),
        terminated: new Uint8Array(steps),
        truncated: new Uint8Array(steps),
        seed: BigInt(index),
      };
      await writer.put(index, toLatentRecord(episode));
    }
    return await store.write("latents", {}, (folder) => writer.finish(folder));
  } finally {
    rmSync(work, { recursive: true });
  }
}
