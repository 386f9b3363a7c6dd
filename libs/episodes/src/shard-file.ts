import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { mkdir, open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DomainError } from "@worldmodels/errors";
import { withChecksum, withoutChecksum } from "./chunk-codec.js";

/** Both halves of the index entry of a chunk that is not there. */
const ABSENT = 2n ** 64n - 1n;

/** Where Zarr's default key encoding puts shard `number` of an array that is cut along its first axis only. */
export function shardPath(folder: string, number: number, dimensions: number): string {
  return join(folder, "c", String(number), ...new Array<string>(dimensions - 1).fill("0"));
}

/** Writes one shard: chunks one after another, then the index of their places and sizes, then its CRC-32C. */
export interface ShardWriter {
  readonly chunks: number;
  append(chunk: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

export async function createShardWriter(path: string, chunksPerShard: number): Promise<ShardWriter> {
  await mkdir(dirname(path), { recursive: true });
  const file: FileHandle = await open(path, "w");
  const index = new BigUint64Array(2 * chunksPerShard).fill(ABSENT);
  let chunks = 0;
  let end = 0;
  return {
    get chunks() {
      return chunks;
    },
    async append(chunk) {
      await file.writeFile(chunk);
      index.set([BigInt(end), BigInt(chunk.length)], 2 * chunks++);
      end += chunk.length;
    },
    async close() {
      try {
        await file.writeFile(withChecksum(new Uint8Array(index.buffer)));
      } finally {
        await file.close();
      }
    },
  };
}

/** An open shard. */
export interface ShardReader {
  /** The compressed bytes of a chunk, or undefined where there is none. */
  read(chunk: number): Uint8Array | undefined;
  close(): void;
}

/** @throws DomainError `data-loss` where the index is cut or damaged, `not-found` without the file */
export function openShard(path: string, chunksPerShard: number): ShardReader {
  const file = openFile(path);
  try {
    const size = fstatSync(file).size;
    const indexBytes = 16 * chunksPerShard + 4;
    if (size < indexBytes) {
      throw new DomainError(
        "data-loss",
        `${path} has ${size} bytes, fewer than the ${indexBytes} of its index; it was cut off: make the store again`,
      );
    }
    const checked = withoutChecksum(readAt(file, size - indexBytes, indexBytes), `the index of ${path}`);
    const index = new DataView(checked.buffer, checked.byteOffset, checked.length);
    return {
      read(chunk) {
        const offset = index.getBigUint64(16 * chunk, true);
        const length = index.getBigUint64(16 * chunk + 8, true);
        return offset === ABSENT ? undefined : readAt(file, Number(offset), Number(length));
      },
      close: () => {
        closeSync(file);
      },
    };
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

function openFile(path: string): number {
  try {
    return openSync(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new DomainError("data-loss", `${path} is missing from its store; make the store again`, {
      cause: error,
    });
  }
}

/** Shorter than `length` where the file ends before. */
function readAt(file: number, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let read = 0;
  while (read < length) {
    const count = readSync(file, bytes, read, length - read, offset + read);
    if (count === 0) break;
    read += count;
  }
  return bytes.subarray(0, read);
}
