import { createArtifactStore, saveModel } from "@worldmodels/artifacts";
import type { ArtifactRef, ArtifactStore } from "@worldmodels/artifacts";
import { defaultMdnRnnConfig, mdnRnnNetwork } from "@worldmodels/mdn-rnn";
import { initialiseWeights } from "@worldmodels/networks";
import { createRng } from "@worldmodels/rng";
import { vaeNetwork } from "@worldmodels/vae";
import { join } from "node:path";

export interface TestModels {
  readonly store: ArtifactStore;
  readonly vae: ArtifactRef;
  readonly mdnRnn: ArtifactRef;
}

/** A store in `folder` with a V and an M of random weights: 4 latents, 6 hidden units, CarRacing's 3 actions. */
export async function makeTestModels(folder: string): Promise<TestModels> {
  const store = createArtifactStore(join(folder, "store"));
  const rng = createRng(5);
  const vae = vaeNetwork({ latentDim: 4 });
  const config = { ...defaultMdnRnnConfig, latentDim: 4, hidden: 6, mixtures: 2 };
  const mdnRnn = mdnRnnNetwork(config);
  return {
    store,
    vae: await saveModel(store, {
      kind: "vae",
      network: vae,
      config: { latentDim: 4, observation: "wm64" },
      weights: initialiseWeights(vae, rng),
    }),
    mdnRnn: await saveModel(store, {
      kind: "mdn-rnn",
      network: mdnRnn,
      config: { latentDim: 4, actionSize: config.actionSize, hidden: 6 },
      weights: initialiseWeights(mdnRnn, rng),
    }),
  };
}
