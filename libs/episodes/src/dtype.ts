import { decodeHalfFloats, encodeHalfFloats } from "./half-float.js";

/** The array that holds values of each stored type in memory; float16 is widened to float32. */
export interface DtypeArrays {
  readonly uint8: Uint8Array;
  readonly int32: Int32Array;
  readonly uint32: Uint32Array;
  readonly uint64: BigUint64Array;
  readonly float16: Float32Array;
  readonly float32: Float32Array;
  readonly float64: Float64Array;
}

/** How a number is stored; the names are Zarr's. */
export type Dtype = keyof DtypeArrays;
export type ColumnArray = DtypeArrays[Dtype];

const ARRAYS = {
  uint8: Uint8Array,
  int32: Int32Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  float16: Float32Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

export function isDtype(name: unknown): name is Dtype {
  return typeof name === "string" && Object.hasOwn(ARRAYS, name);
}

/** Stored bytes of one number. */
export function dtypeBytes(dtype: Dtype): number {
  return dtype === "float16" ? 2 : ARRAYS[dtype].BYTES_PER_ELEMENT;
}

export function createArray<D extends Dtype>(dtype: D, length: number): DtypeArrays[D] {
  return new ARRAYS[dtype](length) as DtypeArrays[D];
}

/** Whether `values` is the kind of array that `dtype` is held in. */
export function isArrayOf(dtype: Dtype, values: ColumnArray): boolean {
  return values instanceof ARRAYS[dtype];
}

/** Stored, little-endian bytes; may share memory with `values`. All machines that Node 20 supports but s390x are little-endian. */
export function toStoredBytes(dtype: Dtype, values: ColumnArray): Uint8Array {
  const stored = dtype === "float16" ? encodeHalfFloats(values as Float32Array) : values;
  return new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
}

/** Values of stored bytes; may share memory with them. `bytes` must begin at a multiple of 8 of its buffer. */
export function fromStoredBytes<D extends Dtype>(dtype: D, bytes: Uint8Array): DtypeArrays[D] {
  const length = bytes.byteLength / dtypeBytes(dtype);
  if (dtype === "float16") {
    return decodeHalfFloats(new Uint16Array(bytes.buffer, bytes.byteOffset, length)) as DtypeArrays[D];
  }
  return new ARRAYS[dtype](bytes.buffer as ArrayBuffer, bytes.byteOffset, length) as DtypeArrays[D];
}
