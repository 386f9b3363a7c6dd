/** The two sides of libs/python-env/python/worldmodels_env/wire.py, which says what the messages hold. */
export const PROTOCOL = 1;

export const REQUEST = { open: 1, reset: 2, step: 3, observe: 4, render: 5, replay: 6, close: 7 } as const;
export const REPLY = { hello: 1, rows: 2, picture: 3, done: 4, failed: 5 } as const;

/** Bytes of a message before its body: kind u8, mask u8, rows u16, sequence u32. */
export const HEAD_BYTES = 8;
const LENGTH_BYTES = 4;
/** A numpy PCG64 stream's state. */
export const STREAM_BYTES = 37;
/** Longest message that is taken for one; a picture of 4096 × 4096 is the largest there is. */
const LARGEST_BYTES = 64 * 2 ** 20;

export interface Reply {
  readonly kind: number;
  readonly rows: number;
  readonly sequence: number;
  /** A view of the message; nothing writes over it later. */
  readonly body: Buffer;
}

/** Where an episode's randomness comes from: a seed, a stream's state (37 bytes), or the slot's own stream. */
export interface Origin {
  readonly seed?: bigint | undefined;
  readonly stream?: Uint8Array | undefined;
}

/** A request with its length, ready to be sent. */
export function encodeRequest(
  kind: number,
  sequence: number,
  body: Uint8Array,
  { mask = 0, rows = 0 } = {},
): Buffer {
  const message = Buffer.allocUnsafe(LENGTH_BYTES + HEAD_BYTES + body.length);
  message.writeUInt32LE(HEAD_BYTES + body.length, 0);
  message.writeUInt8(kind, 4);
  message.writeUInt8(mask, 5);
  message.writeUInt16LE(rows, 6);
  message.writeUInt32LE(sequence, 8);
  message.set(body, LENGTH_BYTES + HEAD_BYTES);
  return message;
}

/** A row of a reset: the slot and its episode's origin. */
export function encodeOrigin(slot: number, { seed, stream }: Origin): Buffer {
  const row = Buffer.alloc(3 + (seed !== undefined ? 8 : (stream?.length ?? 0)));
  row.writeUInt16LE(slot, 0);
  row.writeUInt8(seed !== undefined ? 1 : stream ? 2 : 0, 2);
  if (seed !== undefined) row.writeBigUInt64LE(seed, 3);
  else if (stream) row.set(stream, 3);
  return row;
}

/** Puts replies together from the pieces that come; returns an error's sentence where they are no messages. */
export class ReplyReader {
  #pieces: Buffer[] = [];
  #bytes = 0;
  #needed = LENGTH_BYTES;
  #hasLength = false;

  /** @param onReply called for each whole reply */
  push(piece: Buffer, onReply: (reply: Reply) => void): string | undefined {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    while (this.#bytes >= this.#needed) {
      const [first] = this.#pieces;
      const whole = this.#pieces.length === 1 && first ? first : Buffer.concat(this.#pieces);
      this.#pieces = [whole];
      if (!this.#hasLength) {
        const length = whole.readUInt32LE(0);
        if (length < HEAD_BYTES || length > LARGEST_BYTES) return `a message of ${length} bytes`;
        this.#needed = LENGTH_BYTES + length;
        this.#hasLength = true;
        continue;
      }
      const message = whole.subarray(LENGTH_BYTES, this.#needed);
      const rest = whole.subarray(this.#needed);
      this.#pieces = rest.length > 0 ? [rest] : [];
      this.#bytes = rest.length;
      this.#needed = LENGTH_BYTES;
      this.#hasLength = false;
      onReply({
        kind: message.readUInt8(0),
        rows: message.readUInt16LE(2),
        sequence: message.readUInt32LE(4),
        body: message.subarray(HEAD_BYTES),
      });
    }
    return undefined;
  }
}

/** One row of a reply to reset, step, observe or replay. */
export interface ReplyRow {
  readonly slot: number;
  readonly terminated: boolean;
  readonly truncated: boolean;
  readonly faulted: boolean;
  /** Whether its child wants to be replaced. */
  readonly worn: boolean;
  readonly reward: number;
  readonly info: readonly (readonly [name: string, value: number])[];
  /** The slot's stream before the episode that has begun; absent for steps. */
  readonly stream: Uint8Array | undefined;
}

const FLAG = { terminated: 1, truncated: 2, faulted: 4, hasStream: 8, worn: 16 } as const;

/**
 * Reads the records behind the observations.
 *
 * @param offset where they begin in the body
 * @throws RangeError where the body is too short, or too long
 */
export function readRows(body: Buffer, offset: number, count: number): ReplyRow[] {
  const rows: ReplyRow[] = [];
  for (let row = 0; row < count; row++) {
    const flags = body.readUInt8(offset + 2);
    const infos = body.readUInt8(offset + 3);
    const slot = body.readUInt16LE(offset);
    const reward = body.readDoubleLE(offset + 4);
    offset += 12;
    const info: [string, number][] = [];
    for (let i = 0; i < infos; i++) {
      const length = body.readUInt8(offset);
      info.push([
        body.toString("latin1", offset + 1, offset + 1 + length),
        body.readDoubleLE(offset + 1 + length),
      ]);
      offset += 9 + length;
    }
    let stream: Uint8Array | undefined;
    if (flags & FLAG.hasStream) {
      stream = Uint8Array.from(body.subarray(offset, offset + STREAM_BYTES));
      offset += STREAM_BYTES;
    }
    rows.push({
      slot,
      terminated: (flags & FLAG.terminated) !== 0,
      truncated: (flags & FLAG.truncated) !== 0,
      faulted: (flags & FLAG.faulted) !== 0,
      worn: (flags & FLAG.worn) !== 0,
      reward,
      info,
      stream,
    });
  }
  if (offset !== body.length) {
    throw new RangeError(`${body.length} bytes where ${count} rows take ${offset}`);
  }
  return rows;
}
