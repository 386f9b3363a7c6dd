import { DomainError } from "@worldmodels/errors";
import { HEAP_END_ADDRESS, HEAP_START, STATIC_END } from "./box2d-layout.js";
import type { Box2D } from "./box2d.js";

const BLOCK_BYTES = 64;
const BLOCK_WORDS = BLOCK_BYTES / 4;
const HEADER_WORDS = 2;

/**
 * The memory of a Box2D instance, which can go back to what it was when this was made, and be taken out and put
 * back as the blocks that have changed since. The stack is left out: between calls there is nothing on it.
 */
export class ResettableMemory {
  readonly #bytes: Uint8Array;
  readonly #words: Int32Array;
  /** Static data and heap as they were, each a whole number of blocks. */
  readonly #freshStatic: Int32Array;
  readonly #freshHeap: Int32Array;

  constructor(box2d: Box2D) {
    this.#bytes = box2d.HEAPU8;
    this.#words = box2d.HEAP32;
    this.#freshStatic = this.#words.slice(0, STATIC_END >> 2);
    this.#freshHeap = this.#words.slice(HEAP_START >> 2, this.#heapEnd >> 2);
  }

  /** Back to the beginning: nothing leaks, and an episode finds the same addresses whatever was before it. */
  rewind(): void {
    const heapEnd = this.#heapEnd;
    this.#words.set(this.#freshStatic, 0);
    this.#words.set(this.#freshHeap, HEAP_START >> 2);
    this.#words.fill(0, (HEAP_START >> 2) + this.#freshHeap.length, heapEnd >> 2);
  }

  /** The changed blocks: uint32 end of heap and number of blocks, uint32 block numbers, then the blocks of 64 bytes. */
  save(): Uint8Array {
    const heapEnd = this.#heapEnd;
    const blocks: number[] = [];
    this.#findChanged(0, STATIC_END, this.#freshStatic, blocks);
    this.#findChanged(HEAP_START, heapEnd, this.#freshHeap, blocks);
    const headerBytes = 4 * (HEADER_WORDS + blocks.length);
    const image = new Uint8Array(headerBytes + BLOCK_BYTES * blocks.length);
    new Uint32Array(image.buffer, 0, HEADER_WORDS + blocks.length).set([heapEnd, blocks.length, ...blocks]);
    blocks.forEach((block, i) => {
      const start = block * BLOCK_BYTES;
      image.set(this.#bytes.subarray(start, start + BLOCK_BYTES), headerBytes + BLOCK_BYTES * i);
    });
    return image;
  }

  /**
   * @param image from `save`, of this instance or of another of the same build
   * @throws DomainError `invalid-argument` for anything else, with nothing changed
   */
  restore(image: Uint8Array): void {
    const { blocks, data } = this.#parse(image);
    this.rewind();
    blocks.forEach((block, i) => {
      this.#bytes.set(data.subarray(BLOCK_BYTES * i, BLOCK_BYTES * (i + 1)), block * BLOCK_BYTES);
    });
  }

  get #heapEnd(): number {
    return this.#words[HEAP_END_ADDRESS >> 2] as number;
  }

  /** Appends the numbers of the blocks from `start` to `end` that differ from `fresh`, beyond which there were zeros. */
  #findChanged(start: number, end: number, fresh: Int32Array, blocks: number[]): void {
    const words = this.#words;
    const origin = start >> 2;
    for (let first = origin; first < end >> 2; first += BLOCK_WORDS) {
      let same = true;
      for (let word = first; same && word < first + BLOCK_WORDS; word++) {
        const offset = word - origin;
        same = words[word] === (offset < fresh.length ? fresh[offset] : 0);
      }
      if (!same) blocks.push(first / BLOCK_WORDS);
    }
  }

  #parse(image: Uint8Array): { blocks: Uint32Array; data: Uint8Array } {
    const aligned = image.byteOffset % 4 === 0 ? image : image.slice();
    const header = new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length >> 2);
    const [heapEnd = 0, count = 0] = header;
    const headerBytes = 4 * (HEADER_WORDS + count);
    const blocks = header.subarray(HEADER_WORDS, HEADER_WORDS + count);
    const isSound =
      aligned.length === headerBytes + BLOCK_BYTES * count &&
      heapEnd >= HEAP_START + 4 * this.#freshHeap.length &&
      heapEnd <= this.#bytes.length &&
      blocks.every((block) => {
        const start = block * BLOCK_BYTES;
        return start < STATIC_END || (start >= HEAP_START && start < heapEnd);
      });
    if (!isSound) {
      throw new DomainError(
        "invalid-argument",
        `the ${image.length} bytes given as a world's memory are not what this build saves; give a snapshot as it was taken.`,
      );
    }
    return { blocks, data: aligned.subarray(headerBytes) };
  }
}
