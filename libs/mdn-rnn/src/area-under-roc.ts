import { DomainError } from "@worldmodels/errors";

/**
 * Area under the ROC curve: the probability that a positive drawn at random scores above a negative drawn at
 * random, a tie counting half. Computed from rank sums (Mann & Whitney 1947), so any monotone score will do: a
 * logit serves as well as its probability.
 *
 * @param scores `[n]`, any finite or infinite numbers; higher means more likely positive
 * @param labels `[n]`, 1 (or any other number but 0) for a positive, 0 for a negative
 * @returns in [0, 1], 0.5 for scores that tell nothing; undefined where one of the two kinds is missing
 * @throws DomainError `invalid-argument` for arrays of unequal length, or a score that is NaN
 */
export function areaUnderRoc(scores: ArrayLike<number>, labels: ArrayLike<number>): number | undefined {
  const order = descendingOrder(scores, labels);
  const count = order.length;
  let positives = 0;
  let rankSum = 0;
  for (let start = 0; start < count;) {
    const score = scores[order[start] ?? 0];
    let end = start;
    let positivesHere = 0;
    for (; end < count && scores[order[end] ?? 0] === score; end++) {
      if (labels[order[end] ?? 0] !== 0) positivesHere++;
    }
    // Equal scores share the mean of their ranks; rank 1 is the lowest score.
    rankSum += positivesHere * (count - (start + end - 1) / 2);
    positives += positivesHere;
    start = end;
  }
  const negatives = count - positives;
  if (positives === 0 || negatives === 0) return undefined;
  return (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
}

/** A threshold's two rates, both in [0, 1]. */
export interface RocPoint {
  /** Share of the negatives that score at or above the threshold. */
  readonly falsePositiveRate: number;
  /** Share of the positives that do. */
  readonly truePositiveRate: number;
}

/**
 * The ROC curve, from (0, 0) to (1, 1): a point for every threshold that differs. The trapezoids below it have the
 * area that `areaUnderRoc` gives.
 *
 * @param scores as for `areaUnderRoc`, and so are `labels` and the errors
 * @returns both rates ascending; empty where positives or negatives are missing
 */
export function rocCurve(scores: ArrayLike<number>, labels: ArrayLike<number>): RocPoint[] {
  const order = descendingOrder(scores, labels);
  const positives = order.reduce((sum, index) => sum + (labels[index] === 0 ? 0 : 1), 0);
  const negatives = order.length - positives;
  if (positives === 0 || negatives === 0) return [];
  const points: RocPoint[] = [{ falsePositiveRate: 0, truePositiveRate: 0 }];
  let found = 0;
  order.forEach((index, rank) => {
    if (labels[index] !== 0) found++;
    const next = order[rank + 1];
    if (next !== undefined && scores[next] === scores[index]) return;
    points.push({
      falsePositiveRate: (rank + 1 - found) / negatives,
      truePositiveRate: found / positives,
    });
  });
  return points;
}

/** Indices by score, highest first. */
function descendingOrder(scores: ArrayLike<number>, labels: ArrayLike<number>): Uint32Array {
  if (scores.length !== labels.length) {
    throw invalid(`${scores.length} scores were given for ${labels.length} labels; each score needs one`);
  }
  const wrong = Array.prototype.findIndex.call(scores, Number.isNaN);
  if (wrong >= 0) throw invalid(`scores[${wrong}] is NaN, which has no rank`);
  return Uint32Array.from(scores, (_, index) => index).sort((a, b) => {
    const [one = 0, other = 0] = [scores[a], scores[b]];
    return one === other ? 0 : other > one ? 1 : -1;
  });
}

function invalid(message: string): DomainError {
  return new DomainError("invalid-argument", message);
}
