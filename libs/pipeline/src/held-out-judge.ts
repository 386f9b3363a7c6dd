import type { LatentEpisode } from "@worldmodels/episodes";
import { areaUnderRoc } from "@worldmodels/mdn-rnn";
import type { RecurrentState } from "@worldmodels/mdn-rnn";
import type { Rng } from "@worldmodels/rng";
import type { MdnRnnTrainer } from "@worldmodels/training";
import { createLatentChain, cutChains } from "./latent-chain.js";
import type { LatentChain, LatentSizes } from "./latent-chain.js";

/** How M does on whole episodes that it was not trained on. */
export interface HeldOutJudgement {
  /** Negative log-likelihood of the next latent, nats per dimension, mean over the steps that have one. */
  readonly nll: number;
  /**
   * Area under the ROC curve of the predicted end against the real one within the next step, over all steps; absent
   * where M has no such head, or no episode ended.
   */
  readonly auc?: number;
}

/** Judges M over episodes from their first frames to their last, with its memory of all that came before. */
export interface HeldOutJudge {
  readonly episodes: number;
  readonly steps: number;
  /** Episodes that ended, and were not just cut off. */
  readonly ends: number;
  /** @param rng draws the latents, as in training */
  judge(trainer: Pick<MdnRnnTrainer, "evaluate">, rng: Rng): HeldOutJudgement;
}

const MOST_ROWS = 32;
const WINDOW_STEPS = 64;

export function createHeldOutJudge(episodes: readonly LatentEpisode[], sizes: LatentSizes): HeldOutJudge {
  const chains = packEpisodes(episodes, Math.min(MOST_ROWS, episodes.length));
  const longest = Math.max(0, ...chains.map(({ steps }) => steps));
  return {
    episodes: episodes.length,
    steps: chains.reduce((sum, { steps }) => sum + steps, 0),
    ends: episodes.filter(({ terminated }) => terminated.at(-1) === 1).length,
    judge(trainer, rng) {
      let state: RecurrentState | undefined;
      const nll = { sum: 0, count: 0 };
      const scores: number[] = [];
      const labels: number[] = [];
      for (let first = 0; first < longest; first += WINDOW_STEPS) {
        const windows = cutChains(
          chains.map((chain) => ({ chain, first })),
          WINDOW_STEPS,
          sizes,
        );
        const judged = trainer.evaluate({ ...windows, state }, rng);
        state = judged.state;
        const targets = windows.targetMask.reduce((sum, flag) => sum + flag, 0);
        nll.sum += judged.loss.nll * targets;
        nll.count += targets;
        judged.terminatedLogits?.forEach((logit, at) => {
          if (windows.mask[at] === 0) return;
          scores.push(logit);
          labels.push(windows.terminated[at] ?? 0);
        });
      }
      const auc = areaUnderRoc(scores, labels);
      return { nll: nll.sum / Math.max(1, nll.count), ...(auc !== undefined && { auc }) };
    },
  };
}

/** Rows of about equal length, of whole episodes: the longest first, each into the row that is the shortest by then. */
function packEpisodes(episodes: readonly LatentEpisode[], rows: number): LatentChain[] {
  const packed = Array.from({ length: rows }, () => ({ steps: 0, episodes: [] as LatentEpisode[] }));
  for (const episode of episodes.toSorted((a, b) => b.rewards.length - a.rewards.length)) {
    const shortest = packed.reduce((best, row) => (row.steps < best.steps ? row : best));
    shortest.episodes.push(episode);
    shortest.steps += episode.rewards.length;
  }
  return packed.map((row) => createLatentChain(row.episodes));
}
