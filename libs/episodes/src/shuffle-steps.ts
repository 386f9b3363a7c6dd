import { shuffle } from "@worldmodels/rng";
import type { Rng } from "@worldmodels/rng";

/** What is needed of a store to shuffle its steps. */
export interface ShuffledLayout {
  readonly lengths: Uint32Array;
  readonly chunkSteps: number;
}

/**
 * An order of all steps for one epoch of training on single frames: chunks are dealt to groups at random, and
 * within a group every step comes at random. Each chunk is then decompressed once an epoch, where a plain shuffle
 * of a data set larger than the cache would decompress a chunk for nearly every frame.
 *
 * @param groupChunks chunks that are mixed; the cache must hold two groups. Part of the order, unlike the cache's
 *   size: another value is another order
 * @param rng consumed as a Fisher-Yates shuffle of the chunks, then of each group's steps
 * @returns a permutation of 0 to steps - 1
 */
export function shuffleSteps(layout: ShuffledLayout, groupChunks: number, rng: Rng): Uint32Array {
  const { lengths, chunkSteps } = layout;
  const starts: number[] = [];
  const sizes: number[] = [];
  let steps = 0;
  for (const length of lengths) {
    for (let step = 0; step < length; step += chunkSteps) {
      starts.push(steps + step);
      sizes.push(Math.min(chunkSteps, length - step));
    }
    steps += length;
  }
  const chunks = Uint32Array.from(starts.keys());
  shuffle(chunks, rng);
  const order = new Uint32Array(steps);
  let end = 0;
  for (let first = 0; first < chunks.length; first += groupChunks) {
    const begin = end;
    for (const chunk of chunks.subarray(first, first + groupChunks)) {
      for (let i = 0; i < (sizes[chunk] ?? 0); i++) order[end++] = (starts[chunk] ?? 0) + i;
    }
    shuffle(order.subarray(begin, end), rng);
  }
  return order;
}
