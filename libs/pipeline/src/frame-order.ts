import { shuffleSteps } from "@worldmodels/episodes";
import { createRng } from "@worldmodels/rng";
import type { SeedSequence } from "@worldmodels/rng";

/** Chunks of the recording that are mixed with each other: 64 of 128 frames are 100 MB. */
const GROUP_CHUNKS = 64;

/**
 * Which frames each training step of V sees: epoch after epoch, every frame once in each. A step's frames follow
 * from its number alone, so that a resumed run sees the same.
 */
export interface FrameOrder {
  /** @param step steps taken before this one */
  batch(step: number, size: number): Uint32Array;
}

/**
 * @param layout lengths of the episodes to learn from, and the steps of a chunk of their store
 * @param stream each epoch's shuffle is a child of it
 */
export function createFrameOrder(
  layout: { readonly lengths: Uint32Array; readonly chunkSteps: number },
  stream: SeedSequence,
): FrameOrder {
  const frames = layout.lengths.reduce((sum, length) => sum + length, 0);
  let epoch = -1;
  let order: Uint32Array = new Uint32Array();
  const frameAt = (position: number): number => {
    const wanted = Math.floor(position / frames);
    if (wanted !== epoch) {
      epoch = wanted;
      order = shuffleSteps(layout, GROUP_CHUNKS, createRng(stream.child(epoch)));
    }
    return order[position % frames] ?? 0;
  };
  return {
    batch: (step, size) => Uint32Array.from({ length: size }, (_, i) => frameAt(step * size + i)),
  };
}
