import type { JsonObject, JsonValue } from "@worldmodels/artifacts";
import type { Dtype } from "./dtype.js";
import type { ColumnSpec, FullRecordLayout } from "./record-layout.js";
import { ZSTD_LEVEL } from "./zstd.js";

// The `zarr.json` documents of a store, by the Zarr v3 core specification and its `sharding_indexed` codec.

/** Counts that `zarr.json` needs besides the layout. */
export interface RecordCounts {
  readonly episodes: number;
  /** Recorded steps. */
  readonly steps: number;
  /** Rows of the columns: every episode is filled up to whole chunks. */
  readonly rows: number;
}

/** The attribute of the group that says how this store is to be read. */
export const GROUP_KEY = "worldmodels";

export function groupMetadata(layout: FullRecordLayout, counts: RecordCounts): JsonObject {
  const own = {
    format: "worldmodels-records",
    version: 1,
    kind: layout.kind,
    episodes: counts.episodes,
    steps: counts.steps,
    chunkSteps: layout.chunkSteps,
    chunksPerShard: layout.chunksPerShard,
    columns: Object.keys(layout.columns),
    scalars: Object.keys(layout.scalars),
  };
  return { zarr_format: 3, node_type: "group", attributes: { ...layout.attributes, [GROUP_KEY]: own } };
}

/** A column: `[rows, ...shape]`, shards of `chunksPerShard` chunks of `chunkSteps` rows. */
export function columnMetadata(layout: FullRecordLayout, column: ColumnSpec, rows: number): JsonObject {
  const { chunkSteps, chunksPerShard } = layout;
  const sharding = {
    name: "sharding_indexed",
    configuration: {
      chunk_shape: [chunkSteps, ...column.shape],
      codecs: codecs(column.dtype),
      index_codecs: [bytesCodec("uint64"), { name: "crc32c" }],
      index_location: "end",
    },
  };
  const grid = [chunkSteps * chunksPerShard, ...column.shape];
  return arrayMetadata(
    column.dtype,
    [rows, ...column.shape],
    grid,
    [sharding],
    ["row", ...axes(column.shape)],
  );
}

/** One number per episode, in one chunk. */
export function scalarMetadata(dtype: Dtype, episodes: number): JsonObject {
  return arrayMetadata(dtype, [episodes], [Math.max(1, episodes)], codecs(dtype), ["episode"]);
}

function arrayMetadata(
  dtype: Dtype,
  shape: readonly number[],
  chunkShape: readonly number[],
  codecList: readonly JsonValue[],
  dimensionNames: readonly (string | null)[],
): JsonObject {
  return {
    zarr_format: 3,
    node_type: "array",
    shape,
    data_type: dtype,
    chunk_grid: { name: "regular", configuration: { chunk_shape: chunkShape } },
    chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
    fill_value: 0,
    codecs: codecList,
    dimension_names: dimensionNames,
    attributes: {},
  };
}

function codecs(dtype: Dtype): readonly JsonObject[] {
  const zstd = { name: "zstd", configuration: { level: ZSTD_LEVEL, checksum: false } };
  return [bytesCodec(dtype), zstd, { name: "crc32c" }];
}

function bytesCodec(dtype: Dtype): JsonObject {
  return dtype === "uint8" ? { name: "bytes" } : { name: "bytes", configuration: { endian: "little" } };
}

function axes(shape: readonly number[]): readonly (string | null)[] {
  return shape.length === 3 ? ["height", "width", "channel"] : shape.map(() => null);
}
