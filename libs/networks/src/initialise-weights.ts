import type { Rng } from "@worldmodels/rng";
import type { NamedWeights, NetworkDescription, WeightTensor } from "./description.js";
import { elementCount } from "./layer-plans.js";
import { parameterShapes } from "./parameters.js";

/**
 * Fresh weights, as TensorFlow's defaults give them: kernels uniform in ±sqrt(6 / (fanIn + fanOut)) (Glorot and
 * Bengio 2010), biases zero. An lstm's kernel is taken as one `[in + units, 4 * units]` matrix.
 *
 * @param rng consumed in the order of `parameterShapes`, row-major, so a seed fixes every weight
 */
export function initialiseWeights(description: NetworkDescription, rng: Rng): NamedWeights {
  return Object.fromEntries(
    Object.entries(parameterShapes(description)).map(([name, shape]): [string, WeightTensor] => {
      const data = new Float32Array(elementCount(shape));
      if (shape.length > 1) {
        const limit = glorotLimit(shape);
        for (let i = 0; i < data.length; i++) data[i] = rng.uniform(-limit, limit);
      }
      return [name, { shape, data }];
    }),
  );
}

/** The bound of a Glorot-uniform kernel; all axes but the last two are the receptive field of a convolution. */
export function glorotLimit(kernelShape: readonly number[]): number {
  const receptiveField = elementCount(kernelShape.slice(0, -2));
  const fans = kernelShape.slice(-2).reduce((sum, size) => sum + size, 0);
  return Math.sqrt(6 / (receptiveField * fans));
}
