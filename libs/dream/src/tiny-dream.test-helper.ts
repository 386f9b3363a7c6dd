import { drawMixture, mdnRnnNetwork, mdnRnnStep } from "@worldmodels/mdn-rnn";
import type { MdnRnnConfig, MdnRnnPrediction } from "@worldmodels/mdn-rnn";
import { initialiseWeights } from "@worldmodels/networks";
import { createRng } from "@worldmodels/rng";
import type { DreamEngineOptions } from "./create-dream-engine.js";
import type { DreamDecoder, DreamModel, StartLatents } from "./dream-model.js";
import { dreamSettings } from "./dream-settings.js";
import type { DreamSettings } from "./dream-settings.js";
import type { RecordedEnv } from "./recorded-env.js";

export const tinyConfig: MdnRnnConfig = {
  latentDim: 3,
  actionSize: 2,
  hidden: 5,
  mixtures: 2,
  restartInput: false,
  rewardHead: true,
  terminatedHead: true,
};

/** A real MDN-RNN of a few units with random weights, by the reference step and draw of @worldmodels/mdn-rnn. */
export function createTinyModel(options: Partial<MdnRnnConfig> = {}, batch = 4, temperature = 1): DreamModel {
  const config = { ...tinyConfig, ...options };
  const network = mdnRnnNetwork(config);
  const weights = initialiseWeights(network, createRng(7));
  return createDrawnModel(config, { batch, temperature }, ({ latent, action, restart, hidden, cell }) =>
    mdnRnnStep(network, weights, { latent, action, ...(restart && { restart }) }, { hidden, cell }),
  );
}

/** A model of any prediction, and draws of it. */
export function createDrawnModel(
  config: MdnRnnConfig,
  { batch, temperature }: { readonly batch: number; readonly temperature: number },
  predict: (inputs: DreamModel["inputs"]) => MdnRnnPrediction,
): DreamModel {
  const floats = (width: number) => new Float32Array(batch * width);
  const inputs = {
    latent: floats(config.latentDim),
    action: floats(config.actionSize),
    restart: config.restartInput ? floats(1) : undefined,
    hidden: floats(config.hidden),
    cell: floats(config.hidden),
    uniform: floats(config.latentDim),
    normal: floats(config.latentDim),
  };
  return {
    config,
    temperature,
    batch,
    inputs,
    step: () => {
      const { mixture, ...prediction } = predict(inputs);
      return { ...prediction, latent: drawMixture(mixture, temperature, inputs, floats(config.latentDim)) };
    },
  };
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

export const tinyRecorded: RecordedEnv = {
  action: { type: "BOX", size: 2, low: [-1, -1], high: [1, 1], names: ["left", "right"] },
  tickSeconds: 1 / 35,
  rewardRange: [-Infinity, Infinity],
  maxEpisodeSteps: 700,
};

export const defaultSettings: DreamSettings = {
  temperature: dreamSettings.temperature.default,
  max_episode_steps: dreamSettings.max_episode_steps.default,
  start_latent: "sample",
  reward: "auto",
  terminated: "predicted",
};

export function tinyOptions(
  settings: Partial<DreamSettings> = {},
  more: Partial<DreamEngineOptions> = {},
): DreamEngineOptions {
  return {
    id: "dream:tiny",
    numEnvs: 3,
    model: createTinyModel({}, 4, settings.temperature ?? 1),
    startLatents: tinyStarts,
    recorded: tinyRecorded,
    versions: { memory: "tiny" },
    determinism: "BITWISE",
    ...more,
    settings: { ...defaultSettings, ...settings },
  };
}
