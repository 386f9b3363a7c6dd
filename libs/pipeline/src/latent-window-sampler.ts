import type { LatentEpisode } from "@worldmodels/episodes";
import type { Rng } from "@worldmodels/rng";
import type { LatentWindows } from "@worldmodels/training";
import { createLatentChain, cutChains } from "./latent-chain.js";
import type { ChainPlace, LatentSizes } from "./latent-chain.js";

/** Cuts windows of encoded episodes for M. */
export interface LatentWindowSampler {
  /** `rows` windows at random places: every possible one is as likely as any other. */
  sample(rows: number, rng: Rng): LatentWindows;
  /** `rows` windows spread evenly over the episodes, always the same ones. */
  spread(rows: number): LatentWindows;
}

/**
 * @param windowSteps transitions of a window. A shorter episode is one window, the rest of which is masked.
 */
export function createLatentWindowSampler(
  episodes: readonly LatentEpisode[],
  windowSteps: number,
  sizes: LatentSizes,
): LatentWindowSampler {
  // A window may end with an episode's last step, whose latent after it is unknown.
  const placesOf = (episode: LatentEpisode) => Math.max(1, episode.rewards.length - windowSteps + 1);
  const firstPlaces = episodes.reduce<number[]>(
    (sums, episode) => [...sums, (sums.at(-1) ?? 0) + placesOf(episode)],
    [0],
  );
  const chains = episodes.map((episode) => createLatentChain([episode]));
  const places = firstPlaces.at(-1) ?? 0;
  const placeAt = (place: number): ChainPlace => {
    const index = firstPlaces.findIndex(
      (first, i) => place >= first && place < (firstPlaces[i + 1] ?? Infinity),
    );
    const chain = chains[index];
    if (chain === undefined) throw new RangeError(`there is no place ${place} of ${places} for a window`);
    return { chain, first: place - (firstPlaces[index] ?? 0) };
  };
  return {
    sample: (rows, rng) =>
      cutChains(
        Array.from({ length: rows }, () => placeAt(rng.integers(places))),
        windowSteps,
        sizes,
      ),
    spread: (rows) =>
      cutChains(
        Array.from({ length: rows }, (_, row) => placeAt(Math.floor((row * places) / rows))),
        windowSteps,
        sizes,
      ),
  };
}
