import type { ControllerFeatures } from "@worldmodels/agent";
import { loadModel } from "@worldmodels/artifacts";
import type { ArtifactRef, ArtifactStore } from "@worldmodels/artifacts";
import { DomainError } from "@worldmodels/errors";
import type { ControllerConfig } from "./controller-model.js";

/** C's sizes as they follow from V and M, and the models that drive it. */
export async function resolveDriver(
  store: ArtifactStore,
  inputs: Readonly<Record<string, ArtifactRef>>,
  wanted: { readonly features: ControllerFeatures; readonly hidden: number },
): Promise<{
  readonly config: ControllerConfig;
  readonly models: { readonly vae: ArtifactRef; readonly mdnRnn?: ArtifactRef };
}> {
  const { vae, "mdn-rnn": mdnRnn } = inputs;
  if (vae === undefined || mdnRnn === undefined)
    throw new Error("driving an agent needs the inputs vae and mdn-rnn");
  const { latentDim, actionSize, hidden } = (await loadModel(store, mdnRnn, { kind: "mdn-rnn" })).config;
  if (typeof latentDim !== "number" || typeof actionSize !== "number" || typeof hidden !== "number") {
    throw new DomainError(
      "data-loss",
      `M ${mdnRnn.digest.slice(0, 12)} does not say its sizes; train it again`,
    );
  }
  const usesHidden = wanted.features !== "z";
  return {
    config: { ...wanted, latentDim, actionSize, hiddenDim: usesHidden ? hidden : 0 },
    models: { vae, ...(usesHidden ? { mdnRnn } : {}) },
  };
}
