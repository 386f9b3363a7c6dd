import type { Quartiles } from "./report-data.js";

/** Of a sample; `sd` divides by n - 1 and is 0 for a single number. */
export interface Summary {
  readonly count: number;
  readonly mean: number;
  readonly sd: number;
  /** Standard error of the mean. */
  readonly standardError: number;
  readonly lowest: number;
  readonly median: number;
  readonly highest: number;
}

/** @returns undefined for no numbers */
export function summarise(values: readonly number[]): Summary | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const [lowest] = sorted;
  const highest = sorted.at(-1);
  if (lowest === undefined || highest === undefined) return undefined;
  const count = sorted.length;
  const mean = sorted.reduce((sum, value) => sum + value, 0) / count;
  const squares = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const sd = count > 1 ? Math.sqrt(squares / (count - 1)) : 0;
  const half = count / 2;
  const upper = sorted[Math.floor(half)] ?? mean;
  const median = count % 2 === 1 ? upper : (upper + (sorted[half - 1] ?? mean)) / 2;
  return { count, mean, sd, standardError: sd / Math.sqrt(count), lowest, median, highest };
}

/**
 * Lower quartile, median and upper quartile, each interpolated between the two nearest ranks.
 *
 * @returns undefined for no numbers
 */
export function quartilesOf(values: ArrayLike<number>): Quartiles | undefined {
  const sorted = Float64Array.from(values).sort();
  if (sorted.length === 0) return undefined;
  const at = (share: number) => {
    const rank = share * (sorted.length - 1);
    const [below = 0, above = below] = sorted.subarray(Math.floor(rank), Math.floor(rank) + 2);
    return below + (rank - Math.floor(rank)) * (above - below);
  };
  return { lower: at(0.25), median: at(0.5), upper: at(0.75) };
}

/** For people: three significant places or so, thousands apart, a real minus sign. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e9)) return withMinus(value.toExponential(1).replace("e+", "e"));
  const places = Number.isInteger(value) || size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 4;
  const fixed = Number.isInteger(value) ? String(value) : value.toFixed(places);
  const [whole = "", fraction] = fixed.split(".");
  const grouped = size >= 10_000 ? whole.replace(/\B(?=(\d{3})+$)/g, "\u202f") : whole;
  return withMinus(fraction === undefined ? grouped : `${grouped}.${fraction}`);
}

/** With `places` decimals and a real minus sign. */
export function formatFixed(value: number, places: number): string {
  return withMinus(value.toFixed(places));
}

/** 950 -> `950`, 2 500 000 -> `2.5 M`: for axes. */
export function formatCompact(value: number): string {
  for (const [unit, letter] of [
    [1e9, "G"],
    [1e6, "M"],
    [1e3, "k"],
  ] as const) {
    if (Math.abs(value) >= unit) return withMinus(`${Number((value / unit).toPrecision(3))} ${letter}`);
  }
  return formatTick(value);
}

/** A tick of an axis: as short as it is exact. */
export function formatTick(value: number): string {
  return withMinus(String(Number(value.toPrecision(6))));
}

/** 75 -> `1 min 15 s`, 4000 -> `1 h 6 min`. */
export function formatDuration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function withMinus(text: string): string {
  return text.replace(/^-/, "\u2212");
}
