export type {
  Activation,
  Chain,
  Layer,
  NamedWeights,
  NetworkDescription,
  WeightTensor,
} from "./description.js";
