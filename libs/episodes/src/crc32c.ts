/** Slicing-by-8 tables of the Castagnoli polynomial: table k holds the CRC of a byte followed by k zero bytes. */
const TABLES = new Uint32Array(8 * 256);
for (let byte = 0; byte < 256; byte++) {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  TABLES[byte] = crc;
}
for (let i = 256; i < TABLES.length; i++) {
  const shorter = at(i - 256);
  TABLES[i] = (shorter >>> 8) ^ at(shorter & 255);
}

/** CRC-32C (Castagnoli, RFC 3720), as Zarr's `crc32c` codec stores it; an unsigned 32-bit integer. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let i = 0;
  for (const end = bytes.length - 7; i < end; i += 8) {
    const low = crc ^ view.getUint32(i, true);
    const high = view.getUint32(i + 4, true);
    crc =
      at(1792 + (low & 255)) ^
      at(1536 + ((low >>> 8) & 255)) ^
      at(1280 + ((low >>> 16) & 255)) ^
      at(1024 + (low >>> 24)) ^
      at(768 + (high & 255)) ^
      at(512 + ((high >>> 8) & 255)) ^
      at(256 + ((high >>> 16) & 255)) ^
      at(high >>> 24);
  }
  for (; i < bytes.length; i++) crc = at((crc ^ (bytes[i] ?? 0)) & 255) ^ (crc >>> 8);
  return ~crc >>> 0;
}

function at(index: number): number {
  return TABLES[index] ?? 0;
}
