/** What grpc-js needs of a message that is encoded already: its size, and that it can be copied into a frame. */
export interface EncodedMessage {
  readonly byteLength: number;
  /** Writes all bytes into `target` from `at` on. */
  copy(target: Uint8Array, at: number): unknown;
}

/**
 * The bytes of a message in pieces, some of which are views of arrays that will change. They are copied straight into the
 * frame that is sent: pictures are then copied once on their way to the socket.
 */
export class ScatteredMessage implements EncodedMessage {
  readonly byteLength: number;
  #pieces: readonly Uint8Array[];
  #isSent = false;

  constructor(pieces: readonly Uint8Array[]) {
    this.#pieces = pieces;
    this.byteLength = pieces.reduce((sum, { length }) => sum + length, 0);
  }

  copy(target: Uint8Array, at: number): void {
    let offset = at;
    for (const piece of this.#pieces) {
      target.set(piece, offset);
      offset += piece.length;
    }
    this.#isSent = true;
  }

  /** To be called before the arrays change: takes a copy where the message still waits to be sent. */
  keep(): void {
    if (this.#isSent) return;
    const bytes = new Uint8Array(this.byteLength);
    this.copy(bytes, 0);
    this.#pieces = [bytes];
  }
}
