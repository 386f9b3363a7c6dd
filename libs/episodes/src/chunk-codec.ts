import { DomainError } from "@worldmodels/errors";
import { crc32c } from "./crc32c.js";
import type { Zstd } from "./zstd.js";

/**
 * Compresses one chunk as Zarr's codecs `zstd`, `crc32c` do.
 *
 * @param bytes the rows there are; the rest up to `size` is zeros, Zarr's fill value here
 * @param size bytes of a whole chunk
 */
export function encodeChunk(zstd: Zstd, bytes: Uint8Array, size: number): Uint8Array {
  let whole = bytes;
  if (bytes.length < size) {
    whole = new Uint8Array(size);
    whole.set(bytes);
  }
  return withChecksum(zstd.compress(whole));
}

/** The bytes and, behind them, their CRC-32C. */
export function withChecksum(bytes: Uint8Array): Uint8Array {
  const checked = new Uint8Array(bytes.length + 4);
  checked.set(bytes);
  new DataView(checked.buffer).setUint32(bytes.length, crc32c(bytes), true);
  return checked;
}

/**
 * The bytes before their CRC-32C, a view.
 *
 * @throws DomainError `data-loss` where they do not fit together
 */
export function withoutChecksum(checked: Uint8Array, where: string): Uint8Array {
  const length = checked.length - 4;
  if (length < 0) throw damaged(where, `it has ${checked.length} bytes, fewer than its checksum`);
  const expected = new DataView(checked.buffer, checked.byteOffset + length, 4).getUint32(0, true);
  const bytes = checked.subarray(0, length);
  const found = crc32c(bytes);
  if (found !== expected) throw damaged(where, `its checksum is ${found} instead of ${expected}`);
  return bytes;
}

/**
 * Undoes `encodeChunk`.
 *
 * @returns `size` bytes at the start of a buffer of their own
 * @throws DomainError `data-loss` naming `where`
 */
export function decodeChunk(zstd: Zstd, chunk: Uint8Array, size: number, where: string): Uint8Array {
  const bytes = zstd.decompress(withoutChecksum(chunk, where));
  if (bytes.length !== size) throw damaged(where, `it holds ${bytes.length} bytes instead of ${size}`);
  return bytes;
}

function damaged(where: string, how: string): DomainError {
  return new DomainError("data-loss", `${where} is damaged: ${how}; remove the store and make it again`);
}
