/** Keeps what was used last, up to a number of bytes. */
export interface ChunkCache<T extends { readonly byteLength: number }> {
  /** The value of a key: kept, or made now. */
  get(key: string, make: () => T): T;
  clear(): void;
}

/** @param maxBytes 0 keeps nothing but the last value */
export function createChunkCache<T extends { readonly byteLength: number }>(maxBytes: number): ChunkCache<T> {
  // A Map iterates in insertion order, so its first key is the one that was used longest ago.
  const values = new Map<string, T>();
  let bytes = 0;
  return {
    get(key, make) {
      let value = values.get(key);
      if (value === undefined) {
        value = make();
        bytes += value.byteLength;
      } else {
        values.delete(key);
      }
      values.set(key, value);
      for (const [oldest, { byteLength }] of values) {
        if (bytes <= maxBytes || oldest === key) break;
        values.delete(oldest);
        bytes -= byteLength;
      }
      return value;
    },
    clear() {
      values.clear();
      bytes = 0;
    },
  };
}
