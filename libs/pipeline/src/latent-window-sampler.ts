import type { LatentEpisode } from "@worldmodels/episodes";
import type { Rng } from "@worldmodels/rng";
import type { LatentWindows } from "@worldmodels/training";

/** Cuts windows of encoded episodes for M. */
export interface LatentWindowSampler {
  /** `rows` windows at random places: every possible one is as likely as any other. */
  sample(rows: number, rng: Rng): LatentWindows;
  /** `rows` windows spread evenly over the episodes, always the same ones. */
  spread(rows: number): LatentWindows;
}

interface Place {
  readonly episode: LatentEpisode;
  readonly first: number;
}

/**
 * @param windowSteps transitions of a window. A shorter episode is one window, the rest of which is masked.
 */
export function createLatentWindowSampler(
  episodes: readonly LatentEpisode[],
  windowSteps: number,
  sizes: { readonly latentDim: number; readonly actionSize: number },
): LatentWindowSampler {
  // A window may end with an episode's last step, whose latent after it is unknown.
  const placesOf = (episode: LatentEpisode) => Math.max(1, episode.rewards.length - windowSteps + 1);
  const firstPlaces = episodes.reduce<number[]>(
    (sums, episode) => [...sums, (sums.at(-1) ?? 0) + placesOf(episode)],
    [0],
  );
  const places = firstPlaces.at(-1) ?? 0;
  const placeAt = (place: number): Place => {
    const index = firstPlaces.findIndex(
      (first, i) => place >= first && place < (firstPlaces[i + 1] ?? Infinity),
    );
    const episode = episodes[index];
    if (episode === undefined) throw new RangeError(`there is no place ${place} of ${places} for a window`);
    return { episode, first: place - (firstPlaces[index] ?? 0) };
  };
  return {
    sample: (rows, rng) =>
      cutWindows(
        Array.from({ length: rows }, () => placeAt(rng.integers(places))),
        windowSteps,
        sizes,
      ),
    spread: (rows) =>
      cutWindows(
        Array.from({ length: rows }, (_, row) => placeAt(Math.floor((row * places) / rows))),
        windowSteps,
        sizes,
      ),
  };
}

function cutWindows(
  places: readonly Place[],
  steps: number,
  { latentDim, actionSize }: { readonly latentDim: number; readonly actionSize: number },
): LatentWindows {
  const rows = places.length;
  const windows = {
    rows,
    steps,
    mean: new Float32Array(rows * (steps + 1) * latentDim),
    logVariance: new Float32Array(rows * (steps + 1) * latentDim),
    actions: new Float32Array(rows * steps * actionSize),
    rewards: new Float32Array(rows * steps),
    terminated: new Uint8Array(rows * steps),
    mask: new Uint8Array(rows * steps),
    targetMask: new Uint8Array(rows * steps),
  };
  places.forEach(({ episode, first }, row) => {
    const length = episode.rewards.length;
    const last = Math.min(first + steps, length);
    const latents = Math.min(first + steps + 1, length);
    windows.mean.set(
      episode.mean.subarray(first * latentDim, latents * latentDim),
      row * (steps + 1) * latentDim,
    );
    windows.logVariance.set(
      episode.logVariance.subarray(first * latentDim, latents * latentDim),
      row * (steps + 1) * latentDim,
    );
    windows.actions.set(
      episode.actions.subarray(first * actionSize, last * actionSize),
      row * steps * actionSize,
    );
    windows.rewards.set(episode.rewards.subarray(first, last), row * steps);
    windows.terminated.set(episode.terminated.subarray(first, last), row * steps);
    windows.mask.fill(1, row * steps, row * steps + last - first);
    windows.targetMask.fill(1, row * steps, row * steps + latents - first - 1);
  });
  return windows;
}
