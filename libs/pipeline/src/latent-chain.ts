import type { LatentEpisode } from "@worldmodels/episodes";
import type { LatentWindows } from "@worldmodels/training";

/** Sizes of what M is trained on. */
export interface LatentSizes {
  readonly latentDim: number;
  readonly actionSize: number;
}

/** Whole episodes one after another, as one sequence of steps. */
export interface LatentChain {
  readonly episodes: readonly LatentEpisode[];
  /** Where in the chain each episode begins, and behind the last one where the chain ends. */
  readonly firstSteps: Float64Array;
  readonly steps: number;
}

/** A window's place: it begins `first` steps behind the beginning of the chain. */
export interface ChainPlace {
  readonly chain: LatentChain;
  readonly first: number;
}

export function createLatentChain(episodes: readonly LatentEpisode[]): LatentChain {
  const firstSteps = new Float64Array(episodes.length + 1);
  episodes.forEach(({ rewards }, i) => {
    firstSteps[i + 1] = (firstSteps[i] ?? 0) + rewards.length;
  });
  return { episodes, firstSteps, steps: firstSteps.at(-1) ?? 0 };
}

/**
 * Cuts one window of `steps` transitions at each place. Where a window goes over from one episode to the next, M's
 * state begins anew. The latent after an episode's last step is unknown, or another episode's: it is no target. Behind
 * the end of a chain all is masked.
 */
export function cutChains(places: readonly ChainPlace[], steps: number, sizes: LatentSizes) {
  const rows = places.length;
  const windows = {
    rows,
    steps,
    mean: new Float32Array(rows * (steps + 1) * sizes.latentDim),
    logVariance: new Float32Array(rows * (steps + 1) * sizes.latentDim),
    actions: new Float32Array(rows * steps * sizes.actionSize),
    rewards: new Float32Array(rows * steps),
    terminated: new Uint8Array(rows * steps),
    restarts: new Uint8Array(rows * steps),
    mask: new Uint8Array(rows * steps),
    targetMask: new Uint8Array(rows * steps),
  } satisfies LatentWindows;
  places.forEach(({ chain, first }, row) => {
    for (let index = episodeAt(chain, first); index < chain.episodes.length; index++) {
      const begin = chain.firstSteps[index] ?? 0;
      const episode = chain.episodes[index];
      if (episode === undefined || begin > first + steps) break;
      copyPiece(episode, Math.max(0, first - begin), windows, row, Math.max(0, begin - first), sizes);
    }
  });
  return windows;
}

/** Copies an episode from step `from` on into a row, from the window's step `at` to its end at most. */
function copyPiece(
  episode: LatentEpisode,
  from: number,
  windows: ReturnType<typeof cutChains>,
  row: number,
  at: number,
  { latentDim, actionSize }: LatentSizes,
): void {
  const { steps } = windows;
  const length = episode.rewards.length;
  if (from >= length) return;
  // The window's last latent is a target only, no step is made from it.
  const latents = Math.min(length, from + steps + 1 - at);
  const last = Math.min(length, from + steps - at);
  const latent = (row * (steps + 1) + at) * latentDim;
  windows.mean.set(episode.mean.subarray(from * latentDim, latents * latentDim), latent);
  windows.logVariance.set(episode.logVariance.subarray(from * latentDim, latents * latentDim), latent);
  const step = row * steps + at;
  windows.actions.set(episode.actions.subarray(from * actionSize, last * actionSize), step * actionSize);
  windows.rewards.set(episode.rewards.subarray(from, last), step);
  windows.terminated.set(episode.terminated.subarray(from, last), step);
  windows.mask.fill(1, step, step + last - from);
  windows.targetMask.fill(1, step, step + Math.min(last, length - 1) - from);
  if (from === 0 && last > 0) windows.restarts[step] = 1;
}

/** Index of the last episode that begins at `step` or before it. */
function episodeAt({ firstSteps, episodes }: LatentChain, step: number): number {
  let [low, high] = [0, episodes.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((firstSteps[middle] ?? Infinity) <= step) low = middle;
    else high = middle - 1;
  }
  return low;
}
