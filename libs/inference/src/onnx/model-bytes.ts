import protobuf from "protobufjs/light.js";

/** Element types of ONNX tensors that the graphs here use, with their numbers in the file format. */
export const ELEMENT_TYPES = { float32: 1, uint8: 2, int64: 7 } as const;
export type ElementType = keyof typeof ELEMENT_TYPES;

/** An attribute of a node: an integer, a list of integers, a list of words, or a float where it is marked as one. */
export type Attribute = number | readonly number[] | readonly string[] | { readonly float: number };

export interface GraphNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
}

export interface Constant {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** A named input or output of a graph; all axes are fixed, the batch included. */
export interface Port {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
}

export interface Graph {
  readonly name: string;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly constants: readonly Constant[];
  readonly nodes: readonly GraphNode[];
}

const OPSET_VERSION = 17;
/** The file format's version that came with opset 17. */
const IR_VERSION = 8;

/** The messages of onnx.proto (ONNX 1.12, field numbers as there) as far as these graphs need them. */
const schema = {
  nested: {
    Model: message({
      irVersion: ["int64", 1],
      producerName: ["string", 2],
      graph: ["Graph", 7],
      opsets: ["Opset[]", 8],
    }),
    Opset: message({ domain: ["string", 1], version: ["int64", 2] }),
    Graph: message({
      nodes: ["Node[]", 1],
      name: ["string", 2],
      constants: ["Tensor[]", 5],
      inputs: ["Value[]", 11],
      outputs: ["Value[]", 12],
    }),
    Node: message({
      inputs: ["string[]", 1],
      outputs: ["string[]", 2],
      name: ["string", 3],
      op: ["string", 4],
      attributes: ["Attribute[]", 5],
    }),
    Attribute: message({
      name: ["string", 1],
      float: ["float", 2],
      int: ["int64", 3],
      ints: ["int64[]", 8],
      strings: ["bytes[]", 9],
      type: ["int32", 20],
    }),
    Tensor: message({
      shape: ["int64[]", 1],
      type: ["int32", 2],
      name: ["string", 8],
      data: ["bytes", 9],
    }),
    Value: message({ name: ["string", 1], type: ["Type", 2] }),
    Type: message({ tensor: ["TensorType", 1] }),
    TensorType: message({ element: ["int32", 1], shape: ["Shape", 2] }),
    Shape: message({ axes: ["Axis[]", 1] }),
    Axis: message({ size: ["int64", 1] }),
  },
};

const modelType = protobuf.Root.fromJSON(schema).lookupType("Model");

/** The graph as the bytes of an ONNX file. */
export function encodeModel(graph: Graph): Uint8Array {
  const model = {
    irVersion: IR_VERSION,
    producerName: "worldmodels",
    opsets: [{ domain: "", version: OPSET_VERSION }],
    graph: {
      name: graph.name,
      nodes: graph.nodes.map((node, index) => ({
        ...node,
        name: `${node.op}_${index}`,
        attributes: Object.entries(node.attributes).map(([name, value]) => encodeAttribute(name, value)),
      })),
      constants: graph.constants.map((constant) => ({ ...constant, type: ELEMENT_TYPES[constant.type] })),
      inputs: graph.inputs.map(encodePort),
      outputs: graph.outputs.map(encodePort),
    },
  };
  return modelType.encode(model).finish();
}

/** Field name to type (`[]` behind it: repeated) and number, as a protobufjs message. Enums are plain int32. */
function message(fields: Readonly<Record<string, readonly [type: string, id: number]>>) {
  return {
    fields: Object.fromEntries(
      Object.entries(fields).map(([name, [type, id]]) => [
        name,
        type.endsWith("[]") ? { rule: "repeated", type: type.slice(0, -2), id } : { type, id },
      ]),
    ),
  };
}

function encodePort({ name, type, shape }: Port) {
  const axes = shape.map((size) => ({ size }));
  return { name, type: { tensor: { element: ELEMENT_TYPES[type], shape: { axes } } } };
}

/** The numbers are AttributeProto.AttributeType's FLOAT, INT, INTS and STRINGS. */
function encodeAttribute(name: string, value: Attribute) {
  if (typeof value === "number") return { name, int: value, type: 2 };
  if ("float" in value) return { name, float: value.float, type: 1 };
  if (value.every((item) => typeof item === "number")) return { name, ints: value, type: 7 };
  return { name, strings: value.map((word) => new TextEncoder().encode(word)), type: 8 };
}
