import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { JsonObject } from "@worldmodels/artifacts";
import { encodeChunk } from "./chunk-codec.js";
import { toStoredBytes } from "./dtype.js";
import type { Dtype } from "./dtype.js";
import type { FullRecordLayout } from "./record-layout.js";
import type { Segment } from "./segment.js";
import { createShardWriter, shardPath } from "./shard-file.js";
import type { ShardWriter } from "./shard-file.js";
import { columnMetadata, groupMetadata, scalarMetadata } from "./zarr-metadata.js";
import { loadZstd } from "./zstd.js";

/**
 * Writes a Zarr v3 group of the episodes' chunks, copied as they are: every episode begins at a chunk of its own,
 * so no chunk depends on another episode and none is compressed twice. `offsets` and `lengths` say where the
 * episodes are among the rows.
 *
 * @param folder empty
 * @param readSegment called once for each episode, in order
 */
export async function assembleRecords(
  folder: string,
  layout: FullRecordLayout,
  count: number,
  readSegment: (episode: number) => Promise<Segment>,
): Promise<void> {
  const columns = Object.entries(layout.columns).map(([name, column]) => ({
    name,
    column,
    writer: createColumnWriter(join(folder, name), column.shape.length + 1, layout.chunksPerShard),
  }));
  const offsets = new BigUint64Array(count);
  const lengths = new Uint32Array(count);
  const scalars: Record<string, Uint8Array[]> = {};
  for (const name of Object.keys(layout.scalars)) scalars[name] = [];
  let rows = 0;
  let steps = 0;
  for (let episode = 0; episode < count; episode++) {
    const segment = await readSegment(episode);
    offsets[episode] = BigInt(rows);
    lengths[episode] = segment.length;
    steps += segment.length;
    rows += Math.ceil(segment.length / layout.chunkSteps) * layout.chunkSteps;
    for (const { name, writer } of columns) await writer.append(segment.chunks[name] ?? []);
    for (const [name, values] of Object.entries(scalars))
      values.push(segment.scalars[name] ?? new Uint8Array());
  }
  for (const { name, column, writer } of columns) {
    await writer.close();
    await writeMetadata(join(folder, name), columnMetadata(layout, column, rows));
  }
  await writeScalar(join(folder, "offsets"), "uint64", count, toStoredBytes("uint64", offsets));
  await writeScalar(join(folder, "lengths"), "uint32", count, toStoredBytes("uint32", lengths));
  for (const [name, dtype] of Object.entries(layout.scalars)) {
    await writeScalar(join(folder, name), dtype, count, Buffer.concat(scalars[name] ?? []));
  }
  await writeMetadata(folder, groupMetadata(layout, { episodes: count, steps, rows }));
}

/** Deals a column's chunks to its shard files, `c/0/0/…`, `c/1/0/…` and so on. */
function createColumnWriter(folder: string, dimensions: number, chunksPerShard: number) {
  let shard: ShardWriter | undefined;
  let shards = 0;
  const close = async () => {
    await shard?.close();
    shard = undefined;
  };
  return {
    async append(chunks: readonly Uint8Array[]) {
      for (const chunk of chunks) {
        shard ??= await createShardWriter(shardPath(folder, shards++, dimensions), chunksPerShard);
        await shard.append(chunk);
        if (shard.chunks === chunksPerShard) await close();
      }
    },
    close,
  };
}

async function writeScalar(folder: string, dtype: Dtype, count: number, bytes: Uint8Array): Promise<void> {
  await writeMetadata(folder, scalarMetadata(dtype, count));
  if (count === 0) return;
  await mkdir(join(folder, "c"), { recursive: true });
  await writeFile(join(folder, "c", "0"), encodeChunk(await loadZstd(), bytes, bytes.length));
}

async function writeMetadata(folder: string, metadata: JsonObject): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "zarr.json"), `${JSON.stringify(metadata, null, 2)}\n`);
}
