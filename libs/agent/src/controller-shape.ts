import { DomainError } from "@worldmodels/errors";
import { elementCount } from "@worldmodels/networks";
import type { NamedWeights, WeightTensor } from "@worldmodels/networks";

/** What C reads, concatenated in this order: the latent z, M's cell state c, M's hidden state h. */
export type ControllerFeatures = "z" | "zh" | "zch";

/**
 * C of the paper as data: u = tanh(W x + b), with one tanh layer before it where `hiddenUnits` is above 0.
 * All parameters are one flat vector, which is what evolution works on; `parameters` says what lies where.
 */
export interface ControllerShape {
  readonly features: ControllerFeatures;
  /** Numbers in x. */
  readonly inputSize: number;
  /** Units of the layer between x and u; 0 for none. */
  readonly hiddenUnits: number;
  /** Numbers in u; see `ActionMapping` for how u becomes an action. */
  readonly outputSize: number;
  readonly bias: boolean;
  /** In the flat vector's order: kernels `[in, out]` row-major, each followed by its bias if there is one. */
  readonly parameters: readonly ControllerParameter[];
  readonly parameterCount: number;
}

export interface ControllerParameter {
  /** `hidden/kernel`, `hidden/bias`, `output/kernel` or `output/bias`. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Of its first number in the flat vector. */
  readonly offset: number;
}

export interface ControllerOptions {
  readonly features: ControllerFeatures;
  readonly latentDim: number;
  /** Units of M's LSTM; may be left out where C reads z alone. */
  readonly hiddenDim?: number;
  /** Units of a tanh layer before the output (the paper tries 40); default none. */
  readonly hidden?: number;
  /** Numbers in u; for most environments the numbers in an action. */
  readonly actionSize: number;
  /** Default true; the paper's Doom controller has none. */
  readonly bias?: boolean;
}

/**
 * The paper's controllers. CarRacing (z = 32, h = 256, 3 actions): 99 parameters for `z`, 1,443 with 40 hidden units,
 * 867 for `zh`. Doom (z = 64, h = c = 512, 1 action, no bias): 1,088 for `zch`.
 */
export function controllerShape(options: ControllerOptions): ControllerShape {
  const { features, latentDim, hiddenDim = 0, hidden = 0, actionSize, bias = true } = options;
  assertSize("latentDim", latentDim, 1);
  assertSize("hidden", hidden, 0);
  assertSize("actionSize", actionSize, 1);
  assertSize("hiddenDim", hiddenDim, features === "z" ? 0 : 1);
  const inputSize = latentDim + hiddenDim * (features.length - 1);
  const layers: readonly (readonly [name: string, inputs: number, outputs: number])[] =
    hidden > 0
      ? [
          ["hidden", inputSize, hidden],
          ["output", hidden, actionSize],
        ]
      : [["output", inputSize, actionSize]];
  const parameters: ControllerParameter[] = [];
  let offset = 0;
  for (const [name, inputs, outputs] of layers) {
    parameters.push({ name: `${name}/kernel`, shape: [inputs, outputs], offset });
    offset += inputs * outputs;
    if (!bias) continue;
    parameters.push({ name: `${name}/bias`, shape: [outputs], offset });
    offset += outputs;
  }
  return {
    features,
    inputSize,
    hiddenUnits: hidden,
    outputSize: actionSize,
    bias,
    parameters,
    parameterCount: offset,
  };
}

/** The flat vector's parts by name, e.g. to store them; copies, owned by the caller. */
export function unpackController(shape: ControllerShape, flat: Float32Array | Float64Array): NamedWeights {
  assertControllerLength(shape, flat.length);
  return Object.fromEntries(
    shape.parameters.map(({ name, shape: part, offset }): [string, WeightTensor] => [
      name,
      { shape: part, data: Float32Array.from(flat.subarray(offset, offset + elementCount(part))) },
    ]),
  );
}

/** The inverse of `unpackController`. */
export function packController(shape: ControllerShape, weights: NamedWeights): Float32Array {
  const flat = new Float32Array(shape.parameterCount);
  for (const { name, shape: part, offset } of shape.parameters) {
    const data = weights[name]?.data;
    if (data?.length !== elementCount(part)) {
      throw new DomainError(
        "invalid-argument",
        `the controller's "${name}" has ${data?.length ?? "no"} numbers and needs ${elementCount(part)}`,
      );
    }
    flat.set(data, offset);
  }
  return flat;
}

/** @throws DomainError `invalid-argument` where a flat vector is not of this shape's length */
export function assertControllerLength(shape: ControllerShape, length: number): void {
  if (length !== shape.parameterCount) {
    throw new DomainError(
      "invalid-argument",
      `a controller of ${length} parameters was given where this shape (${shape.features}, ${shape.inputSize} inputs, ` +
        `${shape.hiddenUnits} hidden units, ${shape.outputSize} outputs) has ${shape.parameterCount}`,
    );
  }
}

function assertSize(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new DomainError(
      "invalid-argument",
      `${name} is ${value} and must be a whole number of at least ${least}`,
    );
  }
}
