import { saveModel } from "@worldmodels/artifacts";
import type { ArtifactStore } from "@worldmodels/artifacts";
import { saveDreamStarts } from "@worldmodels/environments";
import { defaultMdnRnnConfig, mdnRnnNetwork } from "@worldmodels/mdn-rnn";
import { initialiseWeights } from "@worldmodels/networks";
import type { Layer, NetworkDescription } from "@worldmodels/networks";
import { createRng } from "@worldmodels/rng";
import { vaeNetwork } from "@worldmodels/vae";

/** Sizes of the models below; a linear C that sees z and h has `parameters` numbers. */
export const TINY = { latentDim: 4, hidden: 6, actionSize: 3, parameters: (4 + 6) * 3 + 3 } as const;

/** V, M, C and where dreams begin, of random weights: all that episodes of CarRacing or of its dream need. */
export async function saveTinyModels(store: ArtifactStore) {
  const { latentDim, hidden, actionSize } = TINY;
  const rng = createRng(5);
  const vae = slim(vaeNetwork({ latentDim }));
  const mdnRnn = mdnRnnNetwork({
    ...defaultMdnRnnConfig,
    ...{ latentDim, hidden, actionSize, mixtures: 2, rewardHead: true, terminatedHead: true },
  });
  const controller = controllerNetwork();
  return {
    vae: await saveModel(store, {
      kind: "vae",
      network: vae,
      config: { latentDim, observation: "wm64" },
      weights: initialiseWeights(vae, rng),
    }),
    mdnRnn: await saveModel(store, {
      kind: "mdn-rnn",
      network: mdnRnn,
      config: { latentDim, hidden, actionSize },
      weights: initialiseWeights(mdnRnn, rng),
    }),
    controller: await saveModel(store, {
      kind: "controller",
      network: controller,
      config: { features: "zh", latentDim, hiddenDim: hidden, hidden: 0, actionSize },
      weights: initialiseWeights(controller, rng),
    }),
    dreamStarts: await saveDreamStarts(store, {
      latentDim,
      latents: {
        mean: rng.fillStandardNormal(new Float32Array(10 * latentDim)),
        logVariance: new Float32Array(10 * latentDim).fill(-2),
      },
      action: { type: "BOX", size: 3, low: [-1, 0, 0], high: [1, 1, 1], names: ["steer", "gas", "brake"] },
      tickSeconds: 0.02,
      rewardRange: [-Infinity, Infinity],
      maxEpisodeSteps: 1000,
    }),
  };
}

/** A reference to nothing that any store has. */
export const ABSENT = "0".repeat(64);

function controllerNetwork(): NetworkDescription {
  return {
    inputs: { latent: [TINY.latentDim], hidden: [TINY.hidden] },
    chains: [
      {
        name: "controller",
        from: ["latent", "hidden"],
        layers: [{ type: "dense", name: "output", units: TINY.actionSize, activation: "tanh" }],
      },
    ],
  };
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
