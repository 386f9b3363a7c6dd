import type { LatentEpisode } from "@worldmodels/episodes";
import { areaUnderRoc, rocCurve } from "@worldmodels/mdn-rnn";
import type { RocPoint } from "@worldmodels/mdn-rnn";
import { quartilesOf } from "@worldmodels/report";
import type { EndingsData } from "@worldmodels/report";
import type { WatchedStep } from "./report-watch.js";

/** Steps before an end that are looked at one by one. */
const APPROACH_STEPS = 60;
/** More points than a curve of this size can show. */
const MOST_POINTS = 400;

/** Collects what M says of the ends of episodes while it watches them. */
export interface EndingsMeasure {
  /** For `watchEpisodes`. */
  onStep(watched: WatchedStep): void;
  /** After the watching. A sentence where there is nothing to judge by. */
  finish(): EndingsData | string;
}

/** @param episodes those that will be watched by an M with a head for ends, none of which it was trained on */
export function createEndingsMeasure(episodes: readonly LatentEpisode[]): EndingsMeasure {
  const logits = episodes.map(({ rewards }) => new Float32Array(rewards.length).fill(NaN));
  return {
    onStep({ episode, step, row, prediction }) {
      const own = logits[episode];
      if (own !== undefined) own[step] = prediction.terminatedLogit?.[row] ?? NaN;
    },
    finish() {
      const scores = Float32Array.from(logits.flatMap((own) => [...own]));
      const labels = Uint8Array.from(episodes.flatMap(({ terminated }) => [...terminated]));
      const area = areaUnderRoc(scores, labels);
      if (area === undefined) {
        return "None of the held-out episodes was terminated, so nothing shows how well M foresees ends.";
      }
      return {
        episodes: episodes.length,
        steps: scores.length,
        ends: episodes.filter(hasEnd).length,
        areaUnderRoc: area,
        roc: thinned(corners(rocCurve(scores, labels))),
        ...describeApproach(episodes, logits),
      };
    },
  };
}

function hasEnd({ terminated }: LatentEpisode): boolean {
  return terminated.at(-1) === 1;
}

/** Predicted probabilities, aligned at the ends of the episodes that had one, and what is predicted elsewhere. */
function describeApproach(
  episodes: readonly LatentEpisode[],
  logits: readonly Float32Array[],
): Pick<EndingsData, "approach" | "elsewhere"> {
  const approaches = logits.filter((_, index) => episodes[index] !== undefined && hasEnd(episodes[index]));
  const approach = Array.from({ length: APPROACH_STEPS }, (_, k) => APPROACH_STEPS - 1 - k).flatMap(
    (stepsBefore) => {
      const there = approaches.flatMap((own) => own.at(-1 - stepsBefore) ?? []).map(probability);
      const quartiles = quartilesOf(there);
      // Where most episodes have not begun yet, the few that have say little.
      return quartiles === undefined || 2 * there.length < approaches.length
        ? []
        : [{ stepsBefore, ...quartiles }];
    },
  );
  const rest = logits.flatMap((own, index) => {
    const episode = episodes[index];
    return [...(episode !== undefined && hasEnd(episode) ? own.subarray(0, -APPROACH_STEPS) : own)];
  });
  if (rest.length === 0) return { approach };
  return { approach, elsewhere: rest.reduce((sum, logit) => sum + probability(logit), 0) / rest.length };
}

function probability(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}

/** Leaves out the points that lie on a straight piece, upright or level, between their neighbours. */
function corners(points: readonly RocPoint[]): RocPoint[] {
  return points.filter((point, index) => {
    const before = points[index - 1];
    const after = points[index + 1];
    if (before === undefined || after === undefined) return true;
    const isOn = (rate: keyof RocPoint) => before[rate] === point[rate] && point[rate] === after[rate];
    return !isOn("falsePositiveRate") && !isOn("truePositiveRate");
  });
}

function thinned(points: readonly RocPoint[]): RocPoint[] {
  const stride = Math.ceil(points.length / MOST_POINTS);
  return points.filter((_, index) => index % stride === 0 || index === points.length - 1);
}
