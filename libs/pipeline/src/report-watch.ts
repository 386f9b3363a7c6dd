import type { LatentEpisode } from "@worldmodels/episodes";
import type { MdnRnnStepper } from "@worldmodels/inference";
import type { MdnRnnPrediction } from "@worldmodels/mdn-rnn";

/** What M says of one step of an episode that it watches. */
export interface WatchedStep {
  /** Index among the episodes watched. */
  readonly episode: number;
  /** The step whose latent and action M was given; it predicts what this step brings. */
  readonly step: number;
  /** The row of `prediction` that is this episode's. */
  readonly row: number;
  /** Views, valid during the call. */
  readonly prediction: MdnRnnPrediction;
}

/**
 * Lets M watch whole episodes, each from its first frame to its last with a memory of its own, as many at once as the
 * stepper has rows. M reads the posterior means, as it does when an agent plays.
 *
 * @param onStep told of every step of every episode once; an episode's steps come in order
 */
export async function watchEpisodes(
  episodes: readonly LatentEpisode[],
  stepper: MdnRnnStepper,
  onStep: (watched: WatchedStep) => void,
  signal?: AbortSignal,
): Promise<void> {
  const { latentDim, actionSize, hidden, restartInput } = stepper.config;
  const rows = Math.min(stepper.batch, episodes.length);
  const latent = new Float32Array(rows * latentDim);
  const action = new Float32Array(rows * actionSize);
  const restart = new Float32Array(rows);
  const state = { hidden: new Float32Array(rows * hidden), cell: new Float32Array(rows * hidden) };
  const lanes = Array.from({ length: rows }, (_, row) => ({ episode: row, step: 0 }));
  let next = rows;
  while (lanes.some(({ episode }) => episode < episodes.length)) {
    signal?.throwIfAborted();
    lanes.forEach((lane, row) => {
      // A row is taken over by the next episode as soon as its own is over; in the end some rows are idle.
      while (lane.step >= (episodes[lane.episode]?.rewards.length ?? Infinity)) {
        lane.episode = next++;
        lane.step = 0;
      }
      const episode = episodes[lane.episode];
      restart[row] = lane.step === 0 ? 1 : 0;
      if (lane.step === 0) {
        state.hidden.fill(0, row * hidden, (row + 1) * hidden);
        state.cell.fill(0, row * hidden, (row + 1) * hidden);
      }
      if (episode === undefined) return;
      latent.set(rowOf(episode.mean, lane.step, latentDim), row * latentDim);
      action.set(rowOf(episode.actions, lane.step, actionSize), row * actionSize);
    });
    if (lanes.every(({ episode }) => episode >= episodes.length)) return;
    const prediction = await stepper.step({ latent, action, ...(restartInput && { restart }) }, state);
    lanes.forEach(({ episode, step }, row) => {
      if (episode < episodes.length) onStep({ episode, step, row, prediction });
    });
    state.hidden.set(prediction.hidden);
    state.cell.set(prediction.cell);
    for (const lane of lanes) lane.step++;
  }
}

/** Row `row` of an array of rows, sharing memory. */
export function rowOf<T extends Float32Array | Uint8Array>(rows: T, row: number, width: number): T {
  return rows.subarray(row * width, (row + 1) * width) as T;
}
