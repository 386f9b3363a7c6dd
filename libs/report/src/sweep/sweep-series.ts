import { estimate, type Estimate, type RunScores } from "./estimate.js";
import { hasFigures, type SweepRow } from "./sweep-data.js";

/** All points with the same values of all settings but one, against that one. */
export interface SweepSeries {
  /** The other settings that vary, e.g. `hidden 512`; empty where there are none. */
  readonly name: string;
  /** Ascending in `x`. */
  readonly points: readonly {
    readonly x: number;
    readonly real: Estimate;
    readonly dream: Estimate | undefined;
  }[];
}

/** The last word of a setting's dotted name. */
export function shortName(setting: string): string {
  return setting.slice(setting.lastIndexOf(".") + 1);
}

/** Whether a setting can be the x axis of a chart. */
export function isNumeric(axis: string, rows: readonly SweepRow[]): boolean {
  return rows.every(({ settings }) => typeof settings[axis] === "number");
}

/** The series of a chart along `axis`, a numeric one; runs that differ by their seed only are one point. */
export function seriesAlong(
  axis: string,
  axes: readonly string[],
  rows: readonly SweepRow[],
): readonly SweepSeries[] {
  const others = axes.filter((each) => each !== axis);
  const all = groupBy(rows, (row) => describe(others, row)).map(([name, members]) => {
    const points = groupBy(members, ({ settings }) => Number(settings[axis])).flatMap(([x, runs]) => {
      const { real, dream } = estimates(runs);
      return real === undefined ? [] : [{ x, real, dream }];
    });
    return { name, points: points.sort((a, b) => a.x - b.x) };
  });
  return all.filter(({ points }) => points.length > 0);
}

/** Of runs that differ by their seed only; failed ones are left out. */
export function estimates(runs: readonly SweepRow[]): Record<"real" | "dream", Estimate | undefined> {
  const finished = runs.filter(hasFigures);
  const real = finished.map((run): RunScores => ({
    mean: run.realMean,
    sd: run.realSd,
    episodes: run.episodes,
  }));
  const dream = finished.flatMap(({ dreamMean: mean, dreamSd: sd, episodes }): RunScores[] =>
    mean === null || sd === null ? [] : [{ mean, sd, episodes }],
  );
  return { real: estimate(real), dream: estimate(dream) };
}

/** Values of settings in words: `hidden 512, features zh`. */
export function describe(settings: readonly string[], row: SweepRow): string {
  return settings.map((key) => `${shortName(key)} ${row.settings[key]}`).join(", ");
}

/** In the order in which the keys first appear. */
export function groupBy<T, K>(values: readonly T[], keyOf: (value: T) => K): [K, T[]][] {
  const groups = new Map<K, T[]>();
  for (const value of values) {
    const group = groups.get(keyOf(value));
    if (group === undefined) groups.set(keyOf(value), [value]);
    else group.push(value);
  }
  return [...groups];
}
