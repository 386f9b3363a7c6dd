import type { Tensor } from "@tensorflow/tfjs-core";
import { DomainError } from "@worldmodels/errors";
import type { NamedWeights } from "@worldmodels/networks";

/** Weights or their gradients during a step, by the names of the network's parameters. */
export type NamedTensors = Readonly<Record<string, Tensor>>;

/** @throws DomainError `invalid-argument` where it is missing */
export function weightOf<T extends Tensor = Tensor>(weights: NamedTensors, name: string): T {
  const weight = weights[name];
  if (weight === undefined) throw new DomainError("invalid-argument", `weight "${name}" is missing`);
  return weight as T;
}

/** Copies tensors out of the backend and disposes of them. */
export function takeTensors(tensors: NamedTensors): NamedWeights {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => {
      const data = Float32Array.from(tensor.dataSync<"float32">());
      tensor.dispose();
      return [name, { shape: tensor.shape, data }];
    }),
  );
}
