import { html, type Html } from "../html.js";
import { formatTick } from "../numbers.js";
import type { Colour } from "./chart.js";
import { extent, linearScale, tickStep } from "./scale.js";

export interface HistogramSpec {
  readonly title: string;
  readonly xLabel: string;
  readonly groups: readonly {
    readonly name: string;
    readonly colour: Colour;
    readonly values: readonly number[];
  }[];
  /** A vertical line with a word. */
  readonly mark?: { readonly x: number; readonly label: string };
}

/** Numbers of values in each bin `[edge, edge + width)`. */
export interface Bins {
  readonly width: number;
  readonly low: number;
  /** Per group, then per bin. */
  readonly counts: readonly (readonly number[])[];
}

/** Bins with round edges, common to all groups, about twenty in all. */
export function binValues(groups: readonly (readonly number[])[], binCount = 20): Bins | undefined {
  const range = extent(groups.flat());
  if (range === undefined) return undefined;
  const width = range.low === range.high ? 1 : tickStep(range.low, range.high, binCount);
  const first = Math.floor(range.low / width + 1e-9);
  const bins = Math.floor(range.high / width + 1e-9) - first + 1;
  const counts = groups.map((values) => {
    const count = new Array<number>(bins).fill(0);
    for (const value of values) {
      const bin = Math.floor(value / width + 1e-9) - first;
      if (Number.isFinite(bin)) count[bin] = (count[bin] ?? 0) + 1;
    }
    return count;
  });
  return { width, low: first * width, counts };
}

/** Bars of the groups side by side within each bin, as an inline SVG. */
export function histogram(spec: HistogramSpec): Html {
  const bins = binValues(spec.groups.map((group) => group.values));
  if (bins === undefined) return html`<p class="muted">${spec.title}: nothing to draw.</p>`;
  const [width, height] = [760, 240];
  const frame = { left: 44, right: width - 14, top: 20, bottom: height - 44 };
  const binTotal = bins.counts[0]?.length ?? 0;
  const high = bins.low + binTotal * bins.width;
  const x = linearScale({ low: bins.low, high }, { from: frame.left, to: frame.right }, { tickCount: 10 });
  const top = Math.max(1, ...bins.counts.flat());
  const y = linearScale({ low: 0, high: top }, { from: frame.bottom, to: frame.top }, { tickCount: 4 });
  const binPixels = (frame.right - frame.left) / binTotal;
  const barPixels = (binPixels * 0.86) / spec.groups.length;
  const bars = spec.groups.flatMap((group, g) =>
    (bins.counts[g] ?? []).map((count, bin) => {
      if (count === 0) return undefined;
      const from = bins.low + bin * bins.width;
      const left = frame.left + bin * binPixels + binPixels * 0.07 + g * barPixels;
      const barTop = y.toPixel(count);
      return html`<rect
        class="bar c${group.colour}"
        x="${left.toFixed(1)}"
        y="${barTop.toFixed(1)}"
        width="${barPixels.toFixed(1)}"
        height="${(frame.bottom - barTop).toFixed(1)}"
        ><title>
          ${group.name}: ${count} from ${formatTick(from)} to ${formatTick(from + bins.width)}
        </title></rect
      >`;
    }),
  );
  const { mark } = spec;
  const isMarked = mark !== undefined && mark.x >= bins.low && mark.x <= high;
  return html`<svg class="chart" viewBox="0 0 ${width} ${height}" role="img" aria-label="${spec.title}">
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
    ${bars}
    <path class="axis" d="M${frame.left} ${frame.bottom}H${frame.right}" />
    ${isMarked ? html`<path class="guide" d="M${x.toPixel(mark.x).toFixed(1)} ${frame.top - 6}V${frame.bottom}" /><text class="note" x="${(x.toPixel(mark.x) - 5).toFixed(1)}" y="${frame.top + 2}" text-anchor="end">${mark.label}</text>` : undefined}
    <text class="label" x="${(frame.left + frame.right) / 2}" y="${frame.bottom + 37}" text-anchor="middle">
      ${spec.xLabel}
    </text>
  </svg>`;
}
