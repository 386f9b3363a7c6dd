import type { NetworkDescription } from "./description.js";
import { elementCount, planNetwork } from "./layer-plans.js";

/** Shape of every weight by name, in the order of chains, layers, kernel before bias. */
export function parameterShapes(
  description: NetworkDescription,
): Readonly<Record<string, readonly number[]>> {
  const parameters = planNetwork(description).flatMap((chain) =>
    chain.layers.flatMap((layer) => layer.parameters),
  );
  return Object.fromEntries(parameters.map(({ name, shape }) => [name, shape]));
}

/** How many trainable numbers the network has. */
export function countParameters(description: NetworkDescription): number {
  return Object.values(parameterShapes(description)).reduce((total, shape) => total + elementCount(shape), 0);
}
