import { html, type Html } from "../html.js";
import { countBars, countTicks, guideLine, valueTicks } from "./bars.js";
import type { Bins } from "./bars.js";
import { extent, linearScale, tickStep } from "./scale.js";

export interface HistogramSpec {
  /** What it shows, for people who cannot see it. */
  readonly title: string;
  readonly xLabel: string;
  readonly values: readonly number[];
  /** A vertical line with a word; the axis is widened to show it. */
  readonly mark?: { readonly x: number; readonly label: string };
}

/** About `binCount` bins with round edges, or undefined where there is no finite value. */
export function binValues(values: readonly number[], binCount = 24): Bins | undefined {
  const range = extent(values);
  if (range === undefined) return undefined;
  const width = range.low === range.high ? 1 : tickStep(range.low, range.high, binCount);
  // The tiny shift keeps a value that sits on an edge, but for rounding, in the bin that begins there.
  const binOf = (value: number) => Math.floor(value / width + 1e-9);
  const first = binOf(range.low);
  const counts = new Array<number>(binOf(range.high) - first + 1).fill(0);
  const empty = { low: first * width, width, counts };
  return { ...empty, counts: countInBins(empty, values) };
}

/** How many of some of the values that the bins were made of lie in each. */
export function countInBins({ low, width, counts }: Bins, values: readonly number[]): readonly number[] {
  const own = counts.map(() => 0);
  for (const value of values.filter(Number.isFinite)) {
    const bin = Math.floor(value / width + 1e-9) - Math.round(low / width);
    own[bin] = (own[bin] ?? 0) + 1;
  }
  return own;
}

/** One bar per bin, as an inline SVG. */
export function histogram({ title, xLabel, values, mark }: HistogramSpec): Html {
  const bins = binValues(values);
  if (bins === undefined) return html`<p class="muted">${title}: nothing to draw.</p>`;
  const [width, height] = [760, 230];
  const frame = { left: 44, right: width - 14, top: 24, bottom: height - 44 };
  const marked = mark === undefined ? [] : [mark.x];
  const low = Math.min(bins.low, ...marked);
  const high = Math.max(bins.low + bins.counts.length * bins.width, ...marked);
  const x = linearScale({ low, high }, { from: frame.left, to: frame.right }, { tickCount: 10 });
  const highest = bins.counts.reduce((most, count) => Math.max(most, count));
  const y = linearScale({ low: 0, high: highest }, { from: frame.bottom, to: frame.top }, { tickCount: 4 });
  return html`<svg class="chart" viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">
    ${countTicks(y, frame)} ${valueTicks(x, frame.bottom)} ${countBars(bins, { x, y }, 1)}
    <path class="axis" d="M${frame.left} ${frame.bottom}H${frame.right}" />
    ${mark && guideLine(mark.label, x.toPixel(mark.x), frame, { above: 12, wordAbove: 4 })}
    <text class="label" x="${(frame.left + frame.right) / 2}" y="${frame.bottom + 37}" text-anchor="middle">
      ${xLabel}
    </text>
  </svg>`;
}
