import type { LatentEpisode } from "@worldmodels/episodes";
import { DomainError } from "@worldmodels/errors";
import { createRng, shuffle } from "@worldmodels/rng";
import type { SeedSequence } from "@worldmodels/rng";
import type { LatentWindows } from "@worldmodels/training";
import { createLatentChain, cutChains } from "./latent-chain.js";
import type { LatentChain, LatentSizes } from "./latent-chain.js";

/**
 * All episodes as one stream, in an order shuffled afresh for each epoch, cut into rows of equal length that are read
 * side by side, window after window: every step of every episode once in an epoch, but for a tail of less than one
 * step of training, which is another one each time. As in the paper's code for Doom. A training step's windows follow
 * from its number alone.
 */
export interface LatentStream {
  /** Training steps of an epoch. */
  readonly windowsPerEpoch: number;
  /**
   * @param step training steps taken before this one
   * @returns its windows, and whether they follow those of the step before in every row: M's state then goes on
   */
  windowsOf(step: number): { readonly windows: LatentWindows; readonly goesOn: boolean };
}

/**
 * @param stream each epoch's shuffle is a child of it
 * @throws DomainError `failed-precondition` where the episodes do not fill one window of every row
 */
export function createLatentStream(
  episodes: readonly LatentEpisode[],
  { rows, windowSteps }: { readonly rows: number; readonly windowSteps: number },
  sizes: LatentSizes,
  stream: SeedSequence,
): LatentStream {
  const total = createLatentChain(episodes).steps;
  const windowsPerEpoch = Math.floor(total / (rows * windowSteps));
  if (windowsPerEpoch === 0) {
    throw new DomainError(
      "failed-precondition",
      `mdn_rnn.batch x mdn_rnn.window = ${rows} x ${windowSteps} = ${rows * windowSteps} steps are more than the ` +
        `${total} of the ${episodes.length} episodes to train on; record more, or lower one of the two`,
    );
  }
  const rowSteps = windowsPerEpoch * windowSteps;
  let current: { readonly epoch: number; readonly chain: LatentChain } | undefined;
  const chainOf = (epoch: number): LatentChain => {
    if (current?.epoch !== epoch) {
      const shuffled = [...episodes];
      shuffle(shuffled, createRng(stream.child(epoch)));
      current = { epoch, chain: createLatentChain(shuffled) };
    }
    return current.chain;
  };
  return {
    windowsPerEpoch,
    windowsOf(step) {
      const chain = chainOf(Math.floor(step / windowsPerEpoch));
      const index = step % windowsPerEpoch;
      const places = Array.from({ length: rows }, (_, row) => ({
        chain,
        first: row * rowSteps + index * windowSteps,
      }));
      return { windows: cutChains(places, windowSteps, sizes), goesOn: index > 0 };
    },
  };
}
