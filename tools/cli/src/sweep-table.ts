import type { SweepPoint, SweepRow } from "@worldmodels/pipeline";
import { formatDuration } from "./format.js";

/** Widths of the columns behind the settings; a score is as wide as `1234.5 ± 1234.5`. */
const SCORE_WIDTH = 15;
const RANDOM_WIDTH = 8;
const TIME_WIDTH = 12;
const GAP = "   ";

/** A table whose rows are written one by one as they come: its columns are as wide as the plan says. */
export function createSweepTable(points: readonly SweepPoint[]): {
  readonly heading: string;
  readonly formatRow: (row: SweepRow) => string;
} {
  const keys = Object.keys(points[0]?.varied ?? {});
  const heads = [...keys, "seed"];
  const cellsOf = (settings: SweepPoint["varied"], seed: string) => [
    ...keys.map((key) => String(settings[key])),
    seed,
  ];
  const rows = points.map(({ varied, seed }) => cellsOf(varied, String(seed)));
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (own: readonly string[], figures: readonly string[]) =>
    [...own.map((cell, column) => cell.padStart(widths[column] ?? 0)), ...figures].join(GAP).trimEnd();
  const figures = (real: string, dream: string, random: string, time: string) => [
    real.padStart(SCORE_WIDTH),
    dream.padStart(SCORE_WIDTH),
    random.padStart(RANDOM_WIDTH),
    time.padStart(TIME_WIDTH),
  ];
  return {
    heading: line(heads, figures("real ± sd", "dream ± sd", "random", "time")),
    formatRow: (row) => {
      const own = cellsOf(row.settings, String(row.seed));
      if ("error" in row) return line(own, [`failed: ${row.error}`]);
      const { realMean, realSd, dreamMean, dreamSd, randomMean, wallSeconds } = row;
      const dream = dreamMean === null || dreamSd === null ? "-" : meanAndSd(dreamMean, dreamSd);
      return line(
        own,
        figures(meanAndSd(realMean, realSd), dream, randomMean.toFixed(1), formatDuration(wallSeconds)),
      );
    },
  };
}

function meanAndSd(mean: number, sd: number): string {
  return `${mean.toFixed(1)} ± ${sd.toFixed(1)}`;
}
