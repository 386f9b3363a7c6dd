import { summarise } from "../numbers.js";

/** Scores of one run: mean and standard deviation over its episodes. */
export interface RunScores {
  readonly mean: number;
  readonly sd: number;
  readonly episodes: number;
}

/** A mean that a 95 % interval is known of. */
export interface Estimate {
  readonly mean: number;
  /** Half the length of the interval; undefined for a single episode of a single run. */
  readonly half: number | undefined;
  /** What the interval is over: how much another seed, or only another episode of the same controller, would change. */
  readonly over: "seeds" | "episodes";
  readonly count: number;
}

/**
 * The mean of runs that differ by their seed only, by Student's t: over the runs where there are several, else over
 * the one run's episodes.
 *
 * @returns undefined for no runs
 */
export function estimate(runs: readonly RunScores[]): Estimate | undefined {
  const [only, ...others] = runs;
  if (only === undefined) return undefined;
  const isOne = others.length === 0;
  const summary = isOne
    ? { mean: only.mean, sd: only.sd, count: only.episodes }
    : summarise(runs.map(({ mean }) => mean));
  if (summary === undefined) return undefined;
  const { mean, sd, count } = summary;
  const half = count > 1 ? (studentQuantile(count - 1) * sd) / Math.sqrt(count) : undefined;
  return { mean, half, over: isOne ? "episodes" : "seeds", count };
}

/** Two-sided 95 % points of Student's t for 1 to 10 degrees of freedom. */
const SMALL = [12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.306, 2.2622, 2.2281];

/**
 * The 0.975 quantile of Student's t; above 10 degrees of freedom by its expansion about the normal quantile
 * (Abramowitz & Stegun 26.7.5), right to three decimals.
 *
 * @param degrees of freedom, a whole number of 1 or more
 */
export function studentQuantile(degrees: number): number {
  const z = 1.959964;
  const first = (z ** 3 + z) / 4;
  const second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  const third = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384;
  return SMALL[degrees - 1] ?? z + first / degrees + second / degrees ** 2 + third / degrees ** 3;
}
