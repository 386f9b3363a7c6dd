export type {
  Activation,
  Chain,
  Layer,
  NamedWeights,
  NetworkDescription,
  WeightTensor,
} from "./description.js";
export { glorotLimit, initialiseWeights } from "./initialise-weights.js";
export { elementCount, outputShapes, planNetwork } from "./layer-plans.js";
export type { ChainPlan, LayerPlan, ParameterPlan } from "./layer-plans.js";
export { countParameters, parameterShapes } from "./parameters.js";
export { parseNetworkDescription } from "./parse-network-description.js";
export { referenceForward } from "./reference-forward.js";
export { validateWeights } from "./validate-weights.js";
