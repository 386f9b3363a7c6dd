import type { NamedWeights } from "@worldmodels/networks";
import type { Rng } from "@worldmodels/rng";

export interface GradientComparison {
  readonly name: string;
  /** The gradient's product with a random direction. */
  readonly analytic: number;
  /** The loss's central difference along the same direction. */
  readonly numeric: number;
}

/**
 * Compares gradients with central differences of the loss, one random direction per weight tensor. Tests use it; the
 * loss should be computed in float64, since float32 leaves only three or four digits of a difference.
 */
export function compareGradients(
  weights: NamedWeights,
  gradients: NamedWeights,
  lossOf: (weights: NamedWeights) => number,
  { rng, epsilon }: { readonly rng: Rng; readonly epsilon: number },
): GradientComparison[] {
  return Object.entries(weights).map(([name, weight]) => {
    const direction = rng.fillStandardNormal(new Float32Array(weight.data.length));
    const moved = (sign: number) =>
      weight.data.map((value, i) => value + sign * epsilon * (direction[i] ?? 0));
    const [above, below] = [moved(1), moved(-1)];
    const lossWith = (data: Float32Array) => lossOf({ ...weights, [name]: { ...weight, data } });
    // Weights are float32, so the way really gone is not quite 2 epsilon times the direction.
    const analytic = (gradients[name]?.data ?? new Float32Array()).reduce(
      (sum, gradient, i) => sum + gradient * ((above[i] ?? 0) - (below[i] ?? 0)),
      0,
    );
    return { name, analytic, numeric: lossWith(above) - lossWith(below) };
  });
}
