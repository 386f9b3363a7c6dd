/**
 * A picture as the places where its colour changes along a row. Most of a picture is runs of one colour, and
 * going on with "the last colour, changed by what is here" needs no branch per pixel.
 */
export class ColourRuns {
  /** The exclusive or of a pixel's colour and its left neighbour's, 0xBBGGRR: `[height, width]`. */
  readonly changes: Int32Array;
  /** The buffer written last, as words. */
  #words: Int32Array = new Int32Array(0);

  /** @param width, height in pixels */
  constructor(
    readonly width: number,
    readonly height: number,
  ) {
    this.changes = new Int32Array(width * height);
  }

  /**
   * Writes the picture and clears the changes.
   *
   * @param out uint8 RGB `[height, width, 3]` from `offset` on
   * @param first the colour left of each row, 0xBBGGRR
   */
  write(out: Uint8Array, offset: number, first: number): void {
    const aligned =
      (out.byteOffset + offset) % 4 === 0 && this.width % 4 === 0 && out.buffer.byteLength % 4 === 0;
    if (aligned) this.#writeWords(out, offset, first);
    else this.#writeBytes(out, offset, first);
  }

  #writeBytes(out: Uint8Array, offset: number, first: number): void {
    const { changes, width } = this;
    let colour = first;
    for (let i = 0, o = offset; i < changes.length; i++, o += 3) {
      colour = (i % width === 0 ? first : colour) ^ (changes[i] ?? 0);
      changes[i] = 0;
      out[o] = colour;
      out[o + 1] = colour >> 8;
      out[o + 2] = colour >> 16;
    }
  }

  /** Four pixels are three little-endian words. */
  #writeWords(out: Uint8Array, offset: number, first: number): void {
    if (this.#words.buffer !== out.buffer) this.#words = new Int32Array(out.buffer);
    const words = this.#words;
    const { changes, width, height } = this;
    let o = (out.byteOffset + offset) >> 2;
    let i = 0;
    for (let row = 0; row < height; row++) {
      let d = first;
      for (const end = i + width; i < end; i += 4) {
        const a = d ^ (changes[i] ?? 0);
        const b = a ^ (changes[i + 1] ?? 0);
        const c = b ^ (changes[i + 2] ?? 0);
        d = c ^ (changes[i + 3] ?? 0);
        changes[i] = 0;
        changes[i + 1] = 0;
        changes[i + 2] = 0;
        changes[i + 3] = 0;
        words[o] = a | (b << 24);
        words[o + 1] = (b >> 8) | (c << 16);
        words[o + 2] = (c >> 16) | (d << 8);
        o += 3;
      }
    }
  }
}
