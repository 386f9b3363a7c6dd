import { DomainError } from "@worldmodels/errors";
import { elementCount } from "@worldmodels/networks";
import { encodeModel } from "./model-bytes.js";
import type { Attribute, Constant, ElementType, GraphNode, Port } from "./model-bytes.js";

/** Name of a tensor in the graph being built. */
export type Value = string;

/**
 * Puts an ONNX graph together node by node. Values are names; a node's output gets a fresh one, so that
 * building code reads like arithmetic.
 */
export class GraphBuilder {
  readonly #inputs: Port[] = [];
  readonly #outputs: Port[] = [];
  readonly #constants: Constant[] = [];
  readonly #nodes: GraphNode[] = [];
  /** What values are called that are outputs of the graph. */
  readonly #outputNames = new Map<Value, string>();

  constructor(readonly name: string) {}

  /** Declares an input. All axes are fixed, the batch included. */
  input(name: string, type: ElementType, shape: readonly number[]): Value {
    this.#inputs.push({ name, type, shape });
    return name;
  }

  /**
   * Makes `value` an output of the graph under a name of its own: the node that makes it writes there. What no node makes,
   * or is an output already, is copied.
   */
  output(name: string, value: Value, type: ElementType, shape: readonly number[]): void {
    const isMade = this.#nodes.some(({ outputs }) => outputs.includes(value));
    if (isMade && !this.#outputNames.has(value)) this.#outputNames.set(value, name);
    else this.#nodes.push({ op: "Identity", inputs: [value], outputs: [name], attributes: {} });
    this.#outputs.push({ name, type, shape });
  }

  /** A float32 constant, row-major; the data is read when the graph is encoded. */
  floats(shape: readonly number[], data: Float32Array): Value {
    if (data.length !== elementCount(shape)) {
      throw new DomainError(
        "invalid-argument",
        `a constant of shape [${shape.join(", ")}] cannot have ${data.length} numbers`,
      );
    }
    return this.#constant("float32", shape, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }

  /** A float32 constant without axes. */
  scalar(value: number): Value {
    return this.floats([], Float32Array.of(value));
  }

  /** A list of int64 numbers: the shapes, axes and sizes that some nodes take as inputs. */
  integers(values: readonly number[]): Value {
    const data = BigInt64Array.from(values, BigInt);
    return this.#constant("int64", [values.length], new Uint8Array(data.buffer));
  }

  /** Adds a node with one output. An empty name stands for an input left out. */
  node(op: string, inputs: readonly Value[], attributes: Readonly<Record<string, Attribute>> = {}): Value {
    return this.#add(op, inputs, attributes, 1)[0] ?? "";
  }

  /** Adds a node with several outputs. */
  nodes(
    op: string,
    inputs: readonly Value[],
    attributes: Readonly<Record<string, Attribute>>,
    outputs: number,
  ): readonly Value[] {
    return this.#add(op, inputs, attributes, outputs);
  }

  /** The graph as the bytes of an ONNX file. */
  encode(): Uint8Array {
    const named = (values: readonly Value[]) => values.map((value) => this.#outputNames.get(value) ?? value);
    return encodeModel({
      name: this.name,
      inputs: this.#inputs,
      outputs: this.#outputs,
      constants: this.#constants,
      nodes: this.#nodes.map((node) => ({
        ...node,
        inputs: named(node.inputs),
        outputs: named(node.outputs),
      })),
    });
  }

  #constant(type: ElementType, shape: readonly number[], data: Uint8Array): Value {
    const name = `constant_${this.#constants.length}`;
    this.#constants.push({ name, type, shape, data });
    return name;
  }

  #add(
    op: string,
    inputs: readonly Value[],
    attributes: Readonly<Record<string, Attribute>>,
    count: number,
  ): readonly Value[] {
    const outputs = Array.from({ length: count }, (_, i) => `${op}_${this.#nodes.length}_${i}`);
    this.#nodes.push({ op, inputs, outputs, attributes });
    return outputs;
  }
}
