import { DomainError } from "@worldmodels/errors";
import { decodeChunk } from "./chunk-codec.js";
import { fromStoredBytes } from "./dtype.js";
import type { ColumnArray } from "./dtype.js";
import { chunkBytes } from "./record-layout.js";
import type { ColumnSpec, FullRecordLayout } from "./record-layout.js";
import { openShard, shardPath } from "./shard-file.js";
import type { ShardReader } from "./shard-file.js";
import type { Zstd } from "./zstd.js";

/** Open shards per column; a store of any size stays far from the limit on open files. */
const MAX_OPEN_SHARDS = 32;

/** Decompresses chunks of one column. */
export interface ChunkReader {
  /** @param chunk number in the whole column @throws DomainError `data-loss` naming the file and the chunk */
  read(chunk: number): ColumnArray;
  close(): void;
}

export function createChunkReader(
  folder: string,
  layout: FullRecordLayout,
  column: ColumnSpec,
  zstd: Zstd,
): ChunkReader {
  const { chunksPerShard } = layout;
  const size = chunkBytes(layout, column);
  const shards = new Map<number, ShardReader>();
  const shardOf = (number: number) => {
    const open = shards.get(number);
    if (open !== undefined) return open;
    for (const [oldest, shard] of shards) {
      if (shards.size < MAX_OPEN_SHARDS) break;
      shard.close();
      shards.delete(oldest);
    }
    const shard = openShard(shardPath(folder, number, column.shape.length + 1), chunksPerShard);
    shards.set(number, shard);
    return shard;
  };
  return {
    read(chunk) {
      const number = Math.floor(chunk / chunksPerShard);
      const where = `chunk ${chunk} of ${folder}`;
      const bytes = shardOf(number).read(chunk - number * chunksPerShard);
      if (bytes === undefined) {
        throw new DomainError("data-loss", `${where} is missing from its shard; make the store again`);
      }
      return fromStoredBytes(column.dtype, decodeChunk(zstd, bytes, size, where));
    },
    close() {
      for (const shard of shards.values()) shard.close();
      shards.clear();
    },
  };
}
