import { DomainError } from "@worldmodels/errors";
import { elementCount } from "@worldmodels/networks";
import { InferenceSession, Tensor } from "onnxruntime-node";

/**
 * A graph ready to run, with every input and output in arrays of its own that stay where they are: fill
 * `inputs`, await `run`, read `outputs`. Nothing is allocated per call, and a row's bytes depend only on that row.
 */
export interface FixedSession {
  /** By name; fill before `run`. */
  readonly inputs: Readonly<Record<string, Float32Array | Uint8Array>>;
  /** By name; rewritten by each `run`. */
  readonly outputs: Readonly<Record<string, Float32Array | Uint8Array>>;
  /** One call at a time. It computes on the calling thread and blocks it. */
  run(): Promise<void>;
  /** Frees the session; it cannot be run again. */
  close(): Promise<void>;
}

/**
 * @param model bytes of an ONNX file whose axes are all fixed
 * @throws DomainError `invalid-argument` where ONNX Runtime refuses the file
 */
export async function createFixedSession(model: Uint8Array): Promise<FixedSession> {
  const session = await InferenceSession.create(model, {
    // One thread each: processes, not threads, fill a machine's cores (and keep sums in one order).
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
  }).catch((cause: unknown) => {
    throw new DomainError("invalid-argument", "ONNX Runtime refuses this model; its reason is the cause", {
      cause,
    });
  });
  const feeds = createTensors(session.inputMetadata);
  const fetches = createTensors(session.outputMetadata);
  return {
    inputs: dataOf(feeds),
    outputs: dataOf(fetches),
    run: async () => {
      await session.run(feeds, fetches);
    },
    close: () => session.release(),
  };
}

function createTensors(ports: readonly InferenceSession.ValueMetadata[]): Record<string, Tensor> {
  return Object.fromEntries(
    ports.map((port) => {
      const shape = port.isTensor ? port.shape.map(Number) : [];
      const size = elementCount(shape);
      if (
        !port.isTensor ||
        !Number.isSafeInteger(size) ||
        (port.type !== "float32" && port.type !== "uint8")
      ) {
        throw new DomainError(
          "invalid-argument",
          `"${port.name}" of this model is not a float32 or uint8 tensor of fixed shape`,
        );
      }
      const data = port.type === "uint8" ? new Uint8Array(size) : new Float32Array(size);
      return [port.name, new Tensor(port.type, data, shape)];
    }),
  );
}

function dataOf(tensors: Record<string, Tensor>): Record<string, Float32Array | Uint8Array> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { data }]) => [name, data as Float32Array | Uint8Array]),
  );
}

/** A float32 array of a session by name. */
export function floatsOf(
  arrays: Readonly<Record<string, Float32Array | Uint8Array>>,
  name: string,
): Float32Array {
  const array = arrays[name];
  if (array instanceof Float32Array) return array;
  throw new DomainError("invalid-argument", `this model has no float32 tensor "${name}"`);
}

/** A uint8 array of a session by name. */
export function bytesOf(
  arrays: Readonly<Record<string, Float32Array | Uint8Array>>,
  name: string,
): Uint8Array {
  const array = arrays[name];
  if (array instanceof Uint8Array) return array;
  throw new DomainError("invalid-argument", `this model has no uint8 tensor "${name}"`);
}
