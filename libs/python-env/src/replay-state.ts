import { DomainError } from "@worldmodels/errors";
import type { Replay } from "./slot-history.js";
import { STREAM_BYTES } from "./wire.js";

/*
 * Layout, little-endian: format u8, origin u8 (1 a seed, 2 a stream), seed u64 or 37 bytes of stream, number of actions'
 * numbers u32, then these as float32.
 */
const FORMAT = 1;
const SEED_BYTES = 8;

/** An episode so far, as bytes: 4 per number of action. */
export function packReplay({ origin, actions }: Replay): Uint8Array {
  const { seed, stream } = origin;
  const head = 2 + (stream ? STREAM_BYTES : SEED_BYTES);
  const bytes = new Uint8Array(head + 4 + 4 * actions.length);
  const view = new DataView(bytes.buffer);
  bytes[0] = FORMAT;
  bytes[1] = stream ? 2 : 1;
  if (stream) bytes.set(stream, 2);
  else view.setBigUint64(2, seed ?? 0n, true);
  view.setUint32(head, actions.length, true);
  actions.forEach((number, i) => {
    view.setFloat32(head + 4 + 4 * i, number, true);
  });
  return bytes;
}

/** @throws DomainError `invalid-argument` for bytes that `packReplay` did not make */
export function unpackReplay(bytes: Uint8Array, actionSize: number): Replay {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const hasStream = bytes[1] === 2;
  const head = 2 + (hasStream ? STREAM_BYTES : SEED_BYTES);
  const count = bytes.length >= head + 4 ? view.getUint32(head, true) : -1;
  if (bytes[0] !== FORMAT || bytes.length !== head + 4 + 4 * count || count % actionSize !== 0) {
    throw new DomainError(
      "invalid-argument",
      `restore: these ${bytes.length} bytes are no replay of an episode`,
    );
  }
  return {
    origin: hasStream ? { stream: bytes.slice(2, head) } : { seed: view.getBigUint64(2, true) },
    actions: Float32Array.from({ length: count }, (_, i) => view.getFloat32(head + 4 + 4 * i, true)),
  };
}
