import { DomainError } from "@worldmodels/errors";
import type { Chain, Layer, NetworkDescription } from "./description.js";

/** One layer in its place: what it reads, what it gives, and the weights it owns. Shapes leave out the batch axis. */
export interface LayerPlan {
  readonly chain: string;
  readonly layer: Layer;
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
  /** Empty for a reshape; else the kernel, then the bias, where the layer has one. */
  readonly parameters: readonly ParameterPlan[];
}

export interface ParameterPlan {
  /** `chain/layer/kernel` or `chain/layer/bias`. */
  readonly name: string;
  readonly shape: readonly number[];
}

/** A chain with its layers' plans; `inputShape` is what its sources give, concatenated along the last axis. */
export interface ChainPlan {
  readonly chain: Chain;
  readonly sources: readonly string[];
  readonly inputShape: readonly number[];
  readonly outputShape: readonly number[];
  readonly layers: readonly LayerPlan[];
}

/**
 * Works out every shape of a network, chain by chain in the description's order. Interpreters (tfjs, ONNX) walk
 * this, so that shapes are reasoned about once.
 *
 * @throws DomainError `invalid-argument` where layers do not fit together or names are taken twice
 */
export function planNetwork(description: NetworkDescription): readonly ChainPlan[] {
  const shapes = new Map<string, readonly number[]>(Object.entries(description.inputs));
  const parameterNames = new Set<string>();
  return description.chains.map((chain) => {
    if (shapes.has(chain.name)) {
      throw invalid(`chain "${chain.name}" has the name of an input or an earlier chain; rename it`);
    }
    const sources = typeof chain.from === "string" ? [chain.from] : chain.from;
    const inputShape = concatenatedShape(chain.name, sources, shapes);
    let shape = inputShape;
    const layers = chain.layers.map((layer) => {
      const plan = planLayer(chain.name, layer, shape);
      for (const { name } of plan.parameters) {
        if (parameterNames.has(name)) {
          throw invalid(
            `two layers would own the weight "${name}"; give the layers of a chain different names`,
          );
        }
        parameterNames.add(name);
      }
      shape = plan.outputShape;
      return plan;
    });
    shapes.set(chain.name, shape);
    return { chain, sources, inputShape, outputShape: shape, layers };
  });
}

/** Output shape of every chain, without the batch axis (and without the time axis, where an lstm runs over one). */
export function outputShapes(description: NetworkDescription): Readonly<Record<string, readonly number[]>> {
  return Object.fromEntries(planNetwork(description).map((plan) => [plan.chain.name, plan.outputShape]));
}

function concatenatedShape(
  chain: string,
  sources: readonly string[],
  shapes: ReadonlyMap<string, readonly number[]>,
): readonly number[] {
  const found = sources.map((source) => {
    const shape = shapes.get(source);
    if (shape === undefined) {
      throw invalid(
        `chain "${chain}" starts from "${source}", which is neither an input nor an earlier chain ` +
          `(there are: ${[...shapes.keys()].join(", ")})`,
      );
    }
    return shape;
  });
  const [first] = found;
  if (first === undefined)
    throw invalid(`chain "${chain}" starts from nothing; name an input or an earlier chain`);
  if (found.length === 1) return first;
  const leading = first.slice(0, -1);
  if (found.some((shape) => shape.length !== first.length || leading.some((size, i) => shape[i] !== size))) {
    const list = found.map((shape, i) => `${sources[i]} ${show(shape)}`).join(", ");
    throw invalid(`chain "${chain}" cannot concatenate ${list}: all axes but the last must agree`);
  }
  return [...leading, found.reduce((total, shape) => total + (shape.at(-1) ?? 0), 0)];
}

function planLayer(chain: string, layer: Layer, inputShape: readonly number[]): LayerPlan {
  const plan = (outputShape: readonly number[], kernel?: readonly number[], bias?: number): LayerPlan => ({
    chain,
    layer,
    inputShape,
    outputShape,
    parameters:
      kernel === undefined || bias === undefined || layer.type === "reshape"
        ? []
        : [
            { name: `${chain}/${layer.name}/kernel`, shape: kernel },
            ...(layer.type === "dense" && layer.bias === false
              ? []
              : [{ name: `${chain}/${layer.name}/bias`, shape: [bias] }]),
          ],
  });
  if (layer.type === "reshape") {
    if (elementCount(layer.shape) !== elementCount(inputShape)) {
      throw invalid(
        `a reshape in chain "${chain}" turns ${show(inputShape)} into ${show(layer.shape)}: sizes differ`,
      );
    }
    return plan(layer.shape);
  }
  const where = `layer "${chain}/${layer.name}"`;
  switch (layer.type) {
    case "conv2d":
    case "conv2d-transpose": {
      const [height, width, channels] = inputShape;
      if (inputShape.length !== 3 || height === undefined || width === undefined || channels === undefined) {
        throw invalid(`${where} needs an input of height, width, channels and gets ${show(inputShape)}`);
      }
      const { kernel, stride, filters } = layer;
      if (layer.type === "conv2d-transpose") {
        const grow = (size: number) => (size - 1) * stride + kernel;
        return plan([grow(height), grow(width), filters], [kernel, kernel, filters, channels], filters);
      }
      const shrink = (size: number) => Math.floor((size - kernel) / stride) + 1;
      if (shrink(height) < 1 || shrink(width) < 1) {
        throw invalid(`${where} has a kernel of ${kernel}, larger than its input ${show(inputShape)}`);
      }
      return plan([shrink(height), shrink(width), filters], [kernel, kernel, channels, filters], filters);
    }
    case "dense":
    case "lstm": {
      const [size] = inputShape;
      if (inputShape.length !== 1 || size === undefined) {
        throw invalid(`${where} needs a flat input and gets ${show(inputShape)}; put a reshape before it`);
      }
      return layer.type === "dense"
        ? plan([layer.units], [size, layer.units], layer.units)
        : plan([layer.units], [size + layer.units, 4 * layer.units], 4 * layer.units);
    }
  }
}

/** Elements of an array of this shape; 1 for `[]`. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function show(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}

function invalid(message: string): DomainError {
  return new DomainError("invalid-argument", message);
}
