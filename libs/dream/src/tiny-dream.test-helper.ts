import { mdnRnnNetwork, mdnRnnStep } from "@worldmodels/mdn-rnn";
import type { MdnRnnConfig } from "@worldmodels/mdn-rnn";
import { initialiseWeights } from "@worldmodels/networks";
import { createRng } from "@worldmodels/rng";
import type { DreamEngineOptions } from "./create-dream-engine.js";
import type { DreamDecoder, DreamModel, StartLatents } from "./dream-model.js";
import { dreamSettings } from "./dream-settings.js";
import type { DreamSettings } from "./dream-settings.js";

export const tinyConfig: MdnRnnConfig = {
  latentDim: 3,
  actionSize: 2,
  hidden: 5,
  mixtures: 2,
  restartInput: false,
  rewardHead: true,
  terminatedHead: true,
};

/** A real MDN-RNN of a few units with random weights, by the reference step of @worldmodels/mdn-rnn. */
export function createTinyModel(options: Partial<MdnRnnConfig> = {}, batch = 4): DreamModel {
  const config = { ...tinyConfig, ...options };
  const network = mdnRnnNetwork(config);
  const weights = initialiseWeights(network, createRng(7));
  return { config, batch, step: (input, state) => mdnRnnStep(network, weights, input, state) };
}

/** Paints the latent's first three numbers as one colour. */
export const tinyDecoder: DreamDecoder = {
  batch: 4,
  decode: (latent) =>
    Uint8Array.from({ length: (latent.length / 3) * 12_288 }, (_, i) => {
      const row = Math.floor(i / 12_288);
      return 128 + 40 * Math.tanh(latent[row * 3 + (i % 3)]!);
    }),
};

export const tinyStarts: StartLatents = {
  mean: Float32Array.of(0, 1, 2, 10, 11, 12),
  logVariance: Float32Array.of(0, 0, 0, -4, -4, -4),
};

export const defaultSettings: DreamSettings = {
  temperature: dreamSettings.temperature.default,
  max_episode_steps: dreamSettings.max_episode_steps.default,
  start_latent: "sample",
  reward: "predicted",
  terminated: "predicted",
};

export function tinyOptions(
  settings: Partial<DreamSettings> = {},
  more: Partial<DreamEngineOptions> = {},
): DreamEngineOptions {
  return {
    id: "dream:tiny",
    numEnvs: 3,
    model: createTinyModel(),
    startLatents: tinyStarts,
    action: { type: "BOX", size: 2, low: [-1, -1], high: [1, 1], names: ["left", "right"] },
    versions: { memory: "tiny" },
    determinism: "BITWISE",
    ...more,
    settings: { ...defaultSettings, ...settings },
  };
}
