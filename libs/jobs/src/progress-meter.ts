/** How far a job is, with the rate and the time left. */
export interface JobProgress {
  readonly done: number;
  readonly total: number;
  /** What is counted, plural: `frames`. */
  readonly unit: string;
  /** Units per second, smoothed; undefined until there is something to measure. */
  readonly ratePerSecond: number | undefined;
  readonly secondsLeft: number | undefined;
  readonly metrics: Readonly<Record<string, number | string>>;
}

export interface ProgressMeter {
  /** @param nowMs of a clock that never goes back */
  update(
    nowMs: number,
    done: number,
    total: number,
    unit: string,
    metrics: Readonly<Record<string, number | string>>,
  ): JobProgress;
}

/** After so many seconds a change of speed shows in the rate by two thirds. */
const SMOOTHING_SECONDS = 8;

/**
 * Turns counts into rates. What was done before the first update (a resumed job) is not counted as speed, and another unit is
 * another count.
 */
export function createProgressMeter(): ProgressMeter {
  let last: { readonly nowMs: number; readonly done: number; readonly unit: string } | undefined;
  let rate: number | undefined;
  return {
    update(nowMs, done, total, unit, metrics) {
      if (last?.unit !== unit) {
        rate = undefined;
        last = { nowMs, done, unit };
      } else if (done < last.done) {
        last = { nowMs, done, unit };
      } else if (nowMs > last.nowMs) {
        const seconds = (nowMs - last.nowMs) / 1000;
        const current = (done - last.done) / seconds;
        const weight = rate === undefined ? 1 : 1 - Math.exp(-seconds / SMOOTHING_SECONDS);
        // Zero progress is no first rate: a stage may tell its total before it has done anything.
        if (rate !== undefined || current > 0) rate = (rate ?? 0) * (1 - weight) + current * weight;
        last = { nowMs, done, unit };
      }
      const secondsLeft = rate !== undefined && rate > 0 ? Math.max(0, total - done) / rate : undefined;
      return { done, total, unit, ratePerSecond: rate, secondsLeft, metrics };
    },
  };
}
