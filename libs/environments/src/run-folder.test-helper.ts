import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openRunStore, saveModel, writeRunManifest } from "@worldmodels/artifacts";
import type { RunManifest } from "@worldmodels/artifacts";
import { defaultMdnRnnConfig, mdnRnnNetwork } from "@worldmodels/mdn-rnn";
import type { MdnRnnConfig } from "@worldmodels/mdn-rnn";

import { initialiseWeights } from "@worldmodels/networks";
import type { Layer, NetworkDescription } from "@worldmodels/networks";
import { createRng } from "@worldmodels/rng";
import { vaeNetwork } from "@worldmodels/vae";
import { DREAM_STARTS, saveDreamStarts } from "./dream-starts.js";
import type { DreamStarts } from "./dream-starts.js";

/** A run folder with models of random weights, as a run leaves it before C is evolved. The caller removes it. */
export async function makeRunFolder(
  options: Partial<MdnRnnConfig> = {},
  vaeLatentDim = 4,
  recorded: Partial<DreamStarts> = {},
) {
  const folder = await mkdtemp(join(tmpdir(), "worldmodels-run-"));
  const store = openRunStore(folder);
  const config = {
    ...defaultMdnRnnConfig,
    latentDim: 4,
    hidden: 8,
    mixtures: 2,
    rewardHead: true,
    terminatedHead: true,
    ...options,
  };
  const mdnRnn = mdnRnnNetwork(config);
  const vae = slim(vaeNetwork({ latentDim: vaeLatentDim }));
  const rng = createRng(3);
  const artifacts: RunManifest["artifacts"] = {
    vae: await saveModel(store, {
      kind: "vae",
      network: vae,
      config: { latentDim: vaeLatentDim },
      weights: initialiseWeights(vae, rng),
    }),
    "mdn-rnn": await saveModel(store, {
      kind: "mdn-rnn",
      network: mdnRnn,
      config: {},
      weights: initialiseWeights(mdnRnn, rng),
    }),
    [DREAM_STARTS]: await saveDreamStarts(store, {
      latentDim: config.latentDim,
      latents: {
        mean: rng.fillStandardNormal(new Float32Array(10 * config.latentDim)),
        logVariance: new Float32Array(10 * config.latentDim).fill(-2),
      },
      action: { type: "BOX", size: 3, low: [-1, 0, 0], high: [1, 1, 1], names: ["steer", "gas", "brake"] },
      tickSeconds: 0.02,
      rewardRange: [-Infinity, Infinity],
      maxEpisodeSteps: 1000,
      ...recorded,
    }),
  };
  const manifest: RunManifest = {
    format: "worldmodels-run",
    version: 1,
    task: "car-racing",
    preset: "smoke",
    seed: "1",
    settings: {},
    command: "worldmodels train car-racing",
    artifacts,
    stages: {},
  };
  await writeRunManifest(folder, manifest);
  return { folder, manifest, artifacts, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** V with a sixteenth of its channels, so that tests need not wait for 4 million random weights. */
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
