import { DomainError } from "@worldmodels/errors";
import { isPlainObject } from "./json.js";

/** A tensor in a safetensors file, row-major. The array's type is the stored type. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | Int32Array | Uint8Array;
}

export type StoredTensors = Readonly<Record<string, StoredTensor>>;

export interface SafetensorsContent {
  readonly tensors: StoredTensors;
  /** Free text by key, `__metadata__` in the file. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** In the order in which the format's own implementation lays tensors out: wide types first keeps all aligned. */
const TYPES = {
  F64: Float64Array,
  F32: Float32Array,
  I32: Int32Array,
  U8: Uint8Array,
} as const;
type TypeName = keyof typeof TYPES;
const RANKS = Object.keys(TYPES);

/** The format's own limit on the JSON header, bytes. */
const MAX_HEADER_BYTES = 100_000_000;

/**
 * Writes tensors in the safetensors format: a little-endian 64-bit header length, a JSON header padded with
 * spaces to a multiple of 8, then the data without gaps. Tensors are sorted by type, then name, so the same
 * tensors give the same bytes, equal to those of the format's own implementation.
 *
 * @throws DomainError `invalid-argument` for a tensor that does not fill its shape
 */
export function encodeSafetensors(
  tensors: StoredTensors,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const rank = (data: StoredTensor["data"]) => RANKS.indexOf(typeOf(data));
  const entries = Object.entries(tensors).sort(
    ([a, { data: x }], [b, { data: y }]) => rank(x) - rank(y) || (a < b ? -1 : 1),
  );
  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) {
    header["__metadata__"] = Object.fromEntries(
      Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  }
  let end = 0;
  for (const [name, { shape, data }] of entries) {
    if (data.length !== elementCount(shape)) {
      throw new DomainError(
        "invalid-argument",
        `tensor "${name}" has ${data.length} elements, and its shape [${shape.join(", ")}] holds ${elementCount(shape)}`,
      );
    }
    header[name] = { dtype: typeOf(data), shape, data_offsets: [end, (end += data.byteLength)] };
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const start = 8 + Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(start + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(start - 8), true);
  bytes.fill(0x20, 8, start);
  bytes.set(json, 8);
  let offset = start;
  for (const [, { data }] of entries) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return bytes;
}

/**
 * Reads a safetensors file of F64, F32, I32 and U8 tensors; the arrays are copies that the caller owns.
 *
 * @param where names the file in error sentences
 * @throws DomainError `data-loss` for bytes that are cut or not in the format, `unimplemented` for other types
 */
export function decodeSafetensors(bytes: Uint8Array, where = "this file"): SafetensorsContent {
  const fail = (sentence: string) =>
    new DomainError("data-loss", `${where} is not a whole safetensors file: ${sentence}`);
  if (bytes.length < 8) throw fail(`it has ${bytes.length} bytes, fewer than the 8 of its header's length`);
  const headerBytes = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (headerBytes > BigInt(Math.min(MAX_HEADER_BYTES, bytes.length - 8))) {
    throw fail(`its header claims ${headerBytes} bytes, and ${bytes.length - 8} follow`);
  }
  const start = 8 + Number(headerBytes);
  const header = parseHeader(bytes.subarray(8, start), fail);
  const { __metadata__: metadata, ...rest } = header;
  const entries = Object.entries(rest).map(([name, value]) => parseEntry(name, value, where, fail));
  // The format allows neither holes nor overlaps: the data ends exactly where the last tensor does.
  let end = 0;
  for (const entry of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (entry.begin !== end)
      throw fail(`tensor "${entry.name}" begins at byte ${entry.begin} instead of ${end}`);
    end = entry.end;
  }
  if (start + end !== bytes.length) throw fail(`it has ${bytes.length} bytes instead of ${start + end}`);
  const tensors = entries.map(({ name, type, shape, begin, end }): [string, StoredTensor] => {
    // Copied, because the data of a foreign file need not be aligned.
    const copy = new Uint8Array(bytes.subarray(start + begin, start + end));
    return [name, { shape, data: new TYPES[type](copy.buffer, copy.byteOffset, elementCount(shape)) }];
  });
  return { tensors: Object.fromEntries(tensors), metadata: parseMetadata(metadata, fail) };
}

type Fail = (sentence: string) => DomainError;

function parseHeader(bytes: Uint8Array, fail: Fail): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw fail(`its header is not JSON (${(error as Error).message})`);
  }
  if (!isPlainObject(header)) throw fail("its header is not an object");
  return header;
}

function parseEntry(name: string, value: unknown, where: string, fail: Fail) {
  if (!isPlainObject(value)) throw fail(`the header of tensor "${name}" is not an object`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== "string" || !isCounts(shape) || !isCounts(offsets)) {
    throw fail(`the header of tensor "${name}" lacks dtype, shape or data_offsets`);
  }
  if (!isTypeName(dtype)) {
    throw new DomainError(
      "unimplemented",
      `tensor "${name}" of ${where} has type ${dtype}; only ${Object.keys(TYPES).join(", ")} can be read: convert it first`,
    );
  }
  const [begin = 0, end = 0] = offsets;
  const expected = elementCount(shape) * TYPES[dtype].BYTES_PER_ELEMENT;
  if (offsets.length !== 2 || end - begin !== expected) {
    throw fail(`tensor "${name}" has ${end - begin} bytes where [${shape.join(", ")}] needs ${expected}`);
  }
  return { name, type: dtype, shape, begin, end };
}

function parseMetadata(value: unknown, fail: Fail): Record<string, string> {
  if (value === undefined) return {};
  if (!isPlainObject(value)) throw fail("its __metadata__ is not an object");
  return Object.fromEntries(
    Object.entries(value).map(([key, text]) => {
      if (typeof text !== "string") throw fail(`its __metadata__ "${key}" is not text`);
      return [key, text];
    }),
  );
}

function typeOf(data: StoredTensor["data"]): TypeName {
  if (data instanceof Float64Array) return "F64";
  if (data instanceof Float32Array) return "F32";
  return data instanceof Int32Array ? "I32" : "U8";
}

function isTypeName(name: string): name is TypeName {
  return Object.hasOwn(TYPES, name);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && (item as number) >= 0);
}

function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
