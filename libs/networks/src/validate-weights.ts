import { DomainError } from "@worldmodels/errors";
import type { NamedWeights, NetworkDescription } from "./description.js";
import { elementCount } from "./layer-plans.js";
import { parameterShapes } from "./parameters.js";

/**
 * Checks that the weights are exactly those of the network: every name, every shape, finite numbers only.
 *
 * @throws DomainError `invalid-argument` that names the first weight that does not fit
 */
export function validateWeights(description: NetworkDescription, weights: NamedWeights): void {
  const expected = parameterShapes(description);
  for (const [name, shape] of Object.entries(expected)) {
    const weight = weights[name];
    if (weight === undefined)
      throw invalid(`weight "${name}" is missing; the network has it with shape ${show(shape)}`);
    if (show(weight.shape) !== show(shape)) {
      throw invalid(
        `weight "${name}" has shape ${show(weight.shape)} where the network has ${show(shape)}; ` +
          "these weights belong to a network of another size",
      );
    }
    const size = elementCount(shape);
    if (weight.data.length !== size) {
      throw invalid(
        `weight "${name}" has ${weight.data.length} numbers where its shape ${show(shape)} needs ${size}`,
      );
    }
    const odd = weight.data.findIndex((value) => !Number.isFinite(value));
    if (odd >= 0) {
      throw invalid(
        `weight "${name}" has ${weight.data[odd]} at position ${odd}; training has diverged or the file is damaged`,
      );
    }
  }
  const stranger = Object.keys(weights).find((name) => !(name in expected));
  if (stranger !== undefined)
    throw invalid(`weight "${stranger}" is not part of the network; remove it or use its own description`);
}

function show(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}

function invalid(message: string): DomainError {
  return new DomainError("invalid-argument", message);
}
