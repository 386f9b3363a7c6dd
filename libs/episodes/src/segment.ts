import { isPlainObject } from "@worldmodels/artifacts";
import { DomainError } from "@worldmodels/errors";
import { encodeChunk, withChecksum, withoutChecksum } from "./chunk-codec.js";
import { createArray, dtypeBytes, isArrayOf, toStoredBytes } from "./dtype.js";
import type { ColumnArray, Dtype } from "./dtype.js";
import { chunkBytes, stepElements } from "./record-layout.js";
import type { FullRecordLayout } from "./record-layout.js";
import type { Zstd } from "./zstd.js";

/** One episode to be recorded. */
export interface RecordedEpisode {
  /** Steps, 1 or more. */
  readonly length: number;
  /** Each column of the layout, row-major `[length, ...shape]`. */
  readonly columns: Readonly<Record<string, ColumnArray>>;
  /** Each scalar of the layout; bigint for uint64. */
  readonly scalars: Readonly<Record<string, number | bigint>>;
}

/** An episode as compressed chunks, whole in themselves: the process that played it makes them, the collector only copies. */
export interface Segment {
  readonly length: number;
  /** Stored bytes of each scalar. */
  readonly scalars: Readonly<Record<string, Uint8Array>>;
  /** Chunks of each column, in order. */
  readonly chunks: Readonly<Record<string, readonly Uint8Array[]>>;
}

interface SegmentHeader {
  readonly length: number;
  /** Hexadecimal, so that every number survives. */
  readonly scalars: Readonly<Record<string, string>>;
  /** Bytes of each chunk. */
  readonly chunks: Readonly<Record<string, readonly number[]>>;
}

/**
 * Compresses an episode into one file's content: a header of JSON (its length before it, its checksum behind it),
 * then the chunks. The bytes depend on the layout and the episode alone.
 *
 * @throws DomainError `invalid-argument` where the episode does not fit the layout
 */
export function encodeSegment(zstd: Zstd, layout: FullRecordLayout, episode: RecordedEpisode): Uint8Array {
  const { length } = episode;
  if (!Number.isInteger(length) || length < 1)
    throw invalid(`its length is ${length}, and 1 step is the least`);
  const chunks = Object.entries(layout.columns).map(([name, column]): [string, Uint8Array[]] => {
    const values = episode.columns[name];
    const wanted = length * stepElements(column);
    if (values === undefined || !isArrayOf(column.dtype, values) || values.length !== wanted) {
      const found = values === undefined ? "nothing" : `${values.length} in a ${values.constructor.name}`;
      throw invalid(`column "${name}" needs ${wanted} numbers of type ${column.dtype} and has ${found}`);
    }
    const size = chunkBytes(layout, column);
    const bytes = toStoredBytes(column.dtype, values);
    const count = Math.ceil(bytes.length / size);
    return [
      name,
      Array.from({ length: count }, (_, i) =>
        encodeChunk(zstd, bytes.subarray(i * size, (i + 1) * size), size),
      ),
    ];
  });
  const header: SegmentHeader = {
    length,
    scalars: Object.fromEntries(
      Object.entries(layout.scalars).map(([name, dtype]) => [
        name,
        scalarHex(name, dtype, episode.scalars[name]),
      ]),
    ),
    chunks: Object.fromEntries(chunks.map(([name, list]) => [name, list.map((chunk) => chunk.length)])),
  };
  const json = withChecksum(new TextEncoder().encode(JSON.stringify(header)));
  const prefix = new Uint8Array(4);
  new DataView(prefix.buffer).setUint32(0, json.length, true);
  return Buffer.concat([prefix, json, ...chunks.flatMap(([, list]) => list)]);
}

/**
 * Reads what `encodeSegment` made; the chunks are views into `bytes`.
 *
 * @throws DomainError `data-loss` for bytes that are cut, or of another layout
 */
export function decodeSegment(layout: FullRecordLayout, bytes: Uint8Array, where: string): Segment {
  const fail = (how: string) =>
    new DomainError("data-loss", `${where} is damaged: ${how}; remove the file and record its episode again`);
  if (bytes.length < 4) throw fail(`it has ${bytes.length} bytes`);
  const headerEnd = 4 + new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  if (headerEnd > bytes.length) throw fail(`it has ${bytes.length} bytes, fewer than its header`);
  const json = new TextDecoder().decode(withoutChecksum(bytes.subarray(4, headerEnd), where));
  const header = JSON.parse(json) as SegmentHeader;
  let end = headerEnd;
  const chunks = Object.keys(layout.columns).map((name): [string, Uint8Array[]] => {
    const sizes = isPlainObject(header.chunks) ? header.chunks[name] : undefined;
    if (sizes === undefined) throw fail(`it has no column "${name}"`);
    return [name, sizes.map((size) => bytes.subarray(end, (end += size)))];
  });
  if (end !== bytes.length) throw fail(`it has ${bytes.length} bytes instead of ${end}`);
  return {
    length: header.length,
    scalars: Object.fromEntries(
      Object.keys(layout.scalars).map((name) => [name, Buffer.from(header.scalars[name] ?? "", "hex")]),
    ),
    chunks: Object.fromEntries(chunks),
  };
}

function scalarHex(name: string, dtype: Dtype, value: number | bigint | undefined): string {
  if (typeof value !== (dtype === "uint64" ? "bigint" : "number")) {
    throw invalid(`scalar "${name}" of type ${dtype} is ${String(value)}`);
  }
  const array = createArray(dtype, 1);
  if (array instanceof BigUint64Array) array[0] = BigInt.asUintN(64, value as bigint);
  else array[0] = value as number;
  const bytes = toStoredBytes(dtype, array);
  return Buffer.from(bytes.buffer, bytes.byteOffset, dtypeBytes(dtype)).toString("hex");
}

function invalid(sentence: string): DomainError {
  return new DomainError("invalid-argument", `this episode cannot be recorded: ${sentence}`);
}
