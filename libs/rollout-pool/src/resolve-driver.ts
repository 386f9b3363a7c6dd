import type { ControllerFeatures } from "@worldmodels/agent";
import { loadModel } from "@worldmodels/artifacts";
import type { ArtifactRef, ArtifactStore } from "@worldmodels/artifacts";
import { DomainError } from "@worldmodels/errors";

/** The numbers that decide a controller's shape. */
export interface ControllerSizes {
  readonly features: ControllerFeatures;
  readonly latentDim: number;
  /** 0 where C reads z alone. */
  readonly hiddenDim: number;
  /** Units of C's own hidden layer, or 0. */
  readonly hidden: number;
  readonly actionSize: number;
  /** Whether C's layers have biases; the paper's Doom controller has none. */
  readonly bias: boolean;
}

/**
 * C's sizes as they follow from V and M, and the models that drive it.
 *
 * @param inputs by role: `vae` and `mdn-rnn`
 * @throws DomainError `not-found`, `failed-precondition` for an M that is none or that reads another V's latents, `data-loss`
 */
export async function resolveDriver(
  store: ArtifactStore,
  inputs: Readonly<Record<string, ArtifactRef>>,
  wanted: Pick<ControllerSizes, "features" | "hidden" | "bias">,
): Promise<{
  readonly config: ControllerSizes;
  readonly models: { readonly vae: ArtifactRef; readonly mdnRnn: ArtifactRef };
}> {
  const { vae, "mdn-rnn": mdnRnn } = inputs;
  if (vae === undefined || mdnRnn === undefined) {
    throw new Error("driving an agent needs the inputs vae and mdn-rnn");
  }
  const { latentDim, actionSize, hidden } = (await loadModel(store, mdnRnn, { kind: "mdn-rnn" })).config;
  if (typeof latentDim !== "number" || typeof actionSize !== "number" || typeof hidden !== "number") {
    throw new DomainError(
      "data-loss",
      `M ${mdnRnn.digest.slice(0, 12)} does not say its sizes; train it again`,
    );
  }
  const { features, bias } = wanted;
  return {
    config: {
      features,
      hidden: wanted.hidden,
      latentDim,
      actionSize,
      bias,
      hiddenDim: features === "z" ? 0 : hidden,
    },
    models: { vae, mdnRnn },
  };
}
