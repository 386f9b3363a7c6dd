import { html, type Html } from "../html.js";
import { formatTick } from "../numbers.js";
import { extent, linearScale, tickStep } from "./scale.js";

export interface HistogramSpec {
  /** What it shows, for people who cannot see it. */
  readonly title: string;
  readonly xLabel: string;
  readonly values: readonly number[];
  /** A vertical line with a word; the axis is widened to show it. */
  readonly mark?: { readonly x: number; readonly label: string };
}

/** Numbers of values in bins `[low + k * width, low + (k + 1) * width)`. */
export interface Bins {
  readonly low: number;
  readonly width: number;
  readonly counts: readonly number[];
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
  for (const value of values.filter(Number.isFinite)) {
    counts[binOf(value) - first] = (counts[binOf(value) - first] ?? 0) + 1;
  }
  return { low: first * width, width, counts };
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
    ${y.ticks.filter(Number.isInteger).map((tick) => {
      const at = y.toPixel(tick).toFixed(1);
      return html`<path class="grid" d="M${frame.left} ${at}H${frame.right}" /><text
          class="tick"
          x="${frame.left - 7}"
          y="${at}"
          dy=".35em"
          text-anchor="end"
          >${tick}</text
        >`;
    })}
    ${x.ticks.map((tick) => html`<text class="tick" x="${x.toPixel(tick).toFixed(1)}" y="${frame.bottom + 17}" text-anchor="middle">${formatTick(tick)}</text>`)}
    ${bins.counts.map((count, bin) => {
      if (count === 0) return undefined;
      const from = bins.low + bin * bins.width;
      const [left, right] = [x.toPixel(from) + 1, x.toPixel(from + bins.width) - 1];
      const top = y.toPixel(count);
      return html`<rect
        class="bar c1"
        x="${left.toFixed(1)}"
        y="${top.toFixed(1)}"
        width="${Math.max(1, right - left).toFixed(1)}"
        height="${(frame.bottom - top).toFixed(1)}"
        ><title>${count} from ${formatTick(from)} to ${formatTick(from + bins.width)}</title></rect
      >`;
    })}
    <path class="axis" d="M${frame.left} ${frame.bottom}H${frame.right}" />
    ${mark && markLine(mark.label, x.toPixel(mark.x), frame)}
    <text class="label" x="${(frame.left + frame.right) / 2}" y="${frame.bottom + 37}" text-anchor="middle">
      ${xLabel}
    </text>
  </svg>`;
}

function markLine(
  label: string,
  at: number,
  frame: { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number },
): Html {
  const isLeft = at < (frame.left + frame.right) / 2;
  return html`<path class="guide" d="M${at.toFixed(1)} ${frame.top - 12}V${frame.bottom}" /><text
      class="note"
      x="${(at + (isLeft ? 6 : -6)).toFixed(1)}"
      y="${frame.top - 4}"
      text-anchor="${isLeft ? "start" : "end"}"
      >${label}</text
    >`;
}
