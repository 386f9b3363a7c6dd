import { DomainError } from "@worldmodels/errors";
import { Dtype } from "@worldmodels/proto/tensor";
import type { Tensor } from "@worldmodels/proto/tensor";

export type TensorData = Uint8Array | Float32Array | Float64Array;

const BYTES = { [Dtype.DTYPE_UINT8]: 1, [Dtype.DTYPE_FLOAT32]: 4, [Dtype.DTYPE_FLOAT64]: 8 } as const;

/** A message of an array; its bytes are a view of it, to be sent before the array changes. */
export function toTensor(data: TensorData, shape: readonly number[]): Tensor {
  const dtype =
    data instanceof Float32Array
      ? Dtype.DTYPE_FLOAT32
      : data instanceof Float64Array
        ? Dtype.DTYPE_FLOAT64
        : Dtype.DTYPE_UINT8;
  return { dtype, shape: [...shape], data: bytesOf(data) };
}

/** The bytes of an array, as a view. */
export function bytesOf(data: TensorData): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/**
 * The elements of a tensor that must have a certain type and shape.
 *
 * @param what names the field in error sentences
 * @param shape wanted size of each axis; undefined where any size of 1 or more will do
 * @returns a view where the bytes are aligned, else a copy
 * @throws DomainError `invalid-argument` for another dtype or shape, or a number of bytes that does not fit
 */
export function readTensor(
  tensor: Tensor | undefined,
  what: string,
  dtype: Dtype.DTYPE_UINT8,
  shape: readonly (number | undefined)[],
): Uint8Array;
export function readTensor(
  tensor: Tensor | undefined,
  what: string,
  dtype: Dtype.DTYPE_FLOAT32,
  shape: readonly (number | undefined)[],
): Float32Array;
export function readTensor(
  tensor: Tensor | undefined,
  what: string,
  dtype: Dtype.DTYPE_FLOAT64,
  shape: readonly (number | undefined)[],
): Float64Array;
export function readTensor(
  tensor: Tensor | undefined,
  what: string,
  dtype: Dtype.DTYPE_UINT8 | Dtype.DTYPE_FLOAT32 | Dtype.DTYPE_FLOAT64,
  shape: readonly (number | undefined)[],
): TensorData {
  const fail = (why: string) => new DomainError("invalid-argument", `${what} ${why}`);
  const name = Dtype[dtype].slice("DTYPE_".length).toLowerCase();
  const wanted = `${name} [${shape.map((size) => size ?? "rows").join(", ")}]`;
  if (tensor === undefined) throw fail(`is missing; it must be ${wanted}`);
  if (tensor.dtype !== dtype) {
    const given = Dtype[tensor.dtype] as string | undefined;
    throw fail(
      `has dtype ${given?.slice("DTYPE_".length).toLowerCase() ?? tensor.dtype}; it must be ${wanted}`,
    );
  }
  const fits =
    tensor.shape.length === shape.length &&
    tensor.shape.every((size, axis) => size >= 1 && (shape[axis] === undefined || size === shape[axis]));
  if (!fits) throw fail(`has shape [${tensor.shape.join(", ")}]; it must be ${wanted}`);
  const elements = tensor.shape.reduce((product, size) => product * size, 1);
  if (tensor.data.byteLength !== elements * BYTES[dtype]) {
    throw fail(`has ${tensor.data.byteLength} bytes; its shape needs ${elements * BYTES[dtype]}`);
  }
  return viewOf(tensor.data, dtype);
}

/** @throws DomainError `invalid-argument` naming the first element that is NaN or infinite */
export function assertFiniteTensor(what: string, data: Float32Array | Float64Array): void {
  const at = data.findIndex((value) => !Number.isFinite(value));
  if (at >= 0)
    throw new DomainError("invalid-argument", `${what}[${at}] = ${data[at]} is not a finite number`);
}

/** Little-endian numbers in bytes, as a view where they are aligned, else as a copy. */
export function viewOf(bytes: Uint8Array, dtype: Dtype): TensorData {
  switch (dtype) {
    case Dtype.DTYPE_FLOAT32:
      return bytes.byteOffset % 4 === 0
        ? new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)
        : new Float32Array(Uint8Array.from(bytes).buffer);
    case Dtype.DTYPE_FLOAT64:
      return bytes.byteOffset % 8 === 0
        ? new Float64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 8)
        : new Float64Array(Uint8Array.from(bytes).buffer);
    default:
      return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }
}
