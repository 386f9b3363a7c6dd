import { DomainError } from "@worldmodels/errors";
import { createRngFromState } from "@worldmodels/rng";
import type { Rng, RngState } from "@worldmodels/rng";

/** One slot of a dream. */
export interface DreamState {
  readonly rng: Rng;
  /** Whether no step has been taken since the reset. */
  readonly restart: boolean;
  /** z, h and c one after the other. */
  readonly numbers: Float32Array;
}

/** Layout: restart as one byte, the numbers as little-endian float32, the stream's state as JSON. */
export function packDreamState({ rng, restart, numbers }: DreamState): Uint8Array {
  const stream = new TextEncoder().encode(JSON.stringify(rng.state()));
  const bytes = new Uint8Array(1 + numbers.length * 4 + stream.length);
  const view = new DataView(bytes.buffer);
  bytes[0] = restart ? 1 : 0;
  numbers.forEach((value, i) => {
    view.setFloat32(1 + 4 * i, value, true);
  });
  bytes.set(stream, 1 + numbers.length * 4);
  return bytes;
}

/**
 * @param count how many numbers a slot of this dream has
 * @throws DomainError `invalid-argument` for bytes that are not such a state
 */
export function unpackDreamState(bytes: Uint8Array, count: number): DreamState {
  const streamStart = 1 + count * 4;
  const restart = bytes[0];
  if (bytes.length <= streamStart || (restart !== 0 && restart !== 1)) {
    throw new DomainError("invalid-argument", `restore: ${bytes.length} bytes are not a state of this dream`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    rng: createRngFromState(parseStream(bytes.subarray(streamStart))),
    restart: restart === 1,
    numbers: Float32Array.from({ length: count }, (_, i) => view.getFloat32(1 + 4 * i, true)),
  };
}

function parseStream(bytes: Uint8Array): RngState {
  try {
    const state: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (typeof state === "object" && state !== null && "state" in state && "increment" in state) {
      return state as RngState;
    }
  } catch (cause) {
    throw new DomainError("invalid-argument", "restore: the dream's random stream cannot be read", { cause });
  }
  throw new DomainError("invalid-argument", "restore: the dream's random stream is incomplete");
}
