import { controllerShape, packController, unpackController } from "@worldmodels/agent";
import type { ControllerShape } from "@worldmodels/agent";
import { loadModel, saveModel } from "@worldmodels/artifacts";
import type { ArtifactRef, ArtifactStore, JsonObject } from "@worldmodels/artifacts";
import type { ControllerSizes } from "@worldmodels/rollout-pool";
import type { Layer, NamedWeights, NetworkDescription } from "@worldmodels/networks";

const CHAIN = "controller";

/** Stores C like any other network: a description and named weights. */
export async function saveController(
  store: ArtifactStore,
  config: ControllerSizes,
  parameters: Float64Array,
  training: JsonObject,
): Promise<ArtifactRef> {
  const weights = unpackController(controllerShape(config), parameters);
  return saveModel(
    store,
    {
      kind: "controller",
      network: controllerNetwork(config),
      config: { ...config },
      weights: prefixed(weights),
    },
    { training },
  );
}

export async function loadController(
  store: ArtifactStore,
  ref: ArtifactRef,
): Promise<{
  readonly config: ControllerSizes;
  readonly shape: ControllerShape;
  readonly parameters: Float64Array;
}> {
  const model = await loadModel(store, ref, { kind: "controller" });
  const config = model.config as unknown as ControllerSizes;
  const shape = controllerShape(config);
  const weights = Object.fromEntries(
    Object.entries(model.weights).map(([name, tensor]) => [name.slice(CHAIN.length + 1), tensor]),
  );
  return { config, shape, parameters: Float64Array.from(packController(shape, weights)) };
}

function controllerNetwork(config: ControllerSizes): NetworkDescription {
  const { features, hidden, latentDim, hiddenDim, actionSize } = config;
  const bias = config.bias ? {} : { bias: false };
  const layers: Layer[] = [
    ...(hidden > 0
      ? [{ type: "dense", name: "hidden", units: hidden, activation: "tanh", ...bias } as const]
      : []),
    { type: "dense", name: "output", units: actionSize, activation: "tanh", ...bias },
  ];
  // In the order in which C reads them.
  const inputs = {
    latent: [latentDim],
    ...(features === "zch" && { cell: [hiddenDim] }),
    ...(features !== "z" && { hidden: [hiddenDim] }),
  };
  return { inputs, chains: [{ name: CHAIN, from: Object.keys(inputs), layers }] };
}

function prefixed(weights: NamedWeights): NamedWeights {
  return Object.fromEntries(Object.entries(weights).map(([name, tensor]) => [`${CHAIN}/${name}`, tensor]));
}
