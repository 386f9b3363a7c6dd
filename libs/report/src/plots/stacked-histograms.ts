import { html, type Html } from "../html.js";
import { formatNumber, formatTick, summarise } from "../numbers.js";
import type { Colour } from "./chart.js";
import { binValues, countInBins, type Bins } from "./histogram.js";
import { linearScale, type Scale } from "./scale.js";

export interface StackedHistogramsSpec {
  /** What it shows, for people who cannot see it. */
  readonly title: string;
  readonly xLabel: string;
  /** What is counted, e.g. `episodes`. */
  readonly yLabel: string;
  /** From top to bottom. */
  readonly rows: readonly {
    readonly name: string;
    readonly colour: Colour;
    readonly values: readonly number[];
  }[];
}

const WIDTH = 760;
const ROW_HEIGHT = 120;
const ROW_GAP = 26;
const FRAME = { left: 58, right: WIDTH - 14, top: 22 };

/** Histograms one above the other over one axis, with the same bins and the same heights, each with its mean marked. */
export function stackedHistograms({ title, xLabel, yLabel, rows }: StackedHistogramsSpec): Html {
  const bins = binValues(
    rows.flatMap(({ values }) => values),
    36,
  );
  if (bins === undefined) return html`<p class="muted">${title}: nothing to draw.</p>`;
  const bottom = FRAME.top + rows.length * ROW_HEIGHT + (rows.length - 1) * ROW_GAP;
  const x = linearScale(
    { low: bins.low, high: bins.low + bins.counts.length * bins.width },
    { from: FRAME.left, to: FRAME.right },
    { tickCount: 10 },
  );
  const counts = rows.map(({ values }) => countInBins(bins, values));
  const highest = counts.flat().reduce((most, count) => Math.max(most, count), 1);
  const middle = (FRAME.top + bottom) / 2;
  return html`<svg class="chart" viewBox="0 0 ${WIDTH} ${bottom + 44}" role="img" aria-label="${title}">
    ${rows.map((row, k) => {
      const top = FRAME.top + k * (ROW_HEIGHT + ROW_GAP);
      const y = linearScale(
        { low: 0, high: highest },
        { from: top + ROW_HEIGHT, to: top },
        { tickCount: 3, round: true },
      );
      return html`${countAxis(y, top)}${bars(bins, counts[k] ?? [], row, { x, y })}${meanLine(row, top, x)}`;
    })}
    ${x.ticks.map((tick) => html`<text class="tick" x="${x.toPixel(tick).toFixed(1)}" y="${bottom + 17}" text-anchor="middle">${formatTick(tick)}</text>`)}
    <text class="label" x="${(FRAME.left + FRAME.right) / 2}" y="${bottom + 37}" text-anchor="middle">
      ${xLabel}
    </text>
    <text class="label" transform="translate(13 ${middle}) rotate(-90)" text-anchor="middle">${yLabel}</text>
  </svg>`;
}

function countAxis(y: Scale, top: number): Html {
  const bottom = top + ROW_HEIGHT;
  return html`${y.ticks.filter(Number.isInteger).map((tick) => {
      const at = y.toPixel(tick).toFixed(1);
      return html`<path class="grid" d="M${FRAME.left} ${at}H${FRAME.right}" /><text
          class="tick"
          x="${FRAME.left - 7}"
          y="${at}"
          dy=".35em"
          text-anchor="end"
          >${tick}</text
        >`;
    })}<path class="axis" d="M${FRAME.left} ${bottom}H${FRAME.right}" />`;
}

function bars(
  bins: Bins,
  counts: readonly number[],
  { name, colour }: StackedHistogramsSpec["rows"][number],
  { x, y }: { readonly x: Scale; readonly y: Scale },
): readonly (Html | undefined)[] {
  return counts.map((count, bin) => {
    if (count === 0) return undefined;
    const from = bins.low + bin * bins.width;
    const [left, right] = [x.toPixel(from) + 1, x.toPixel(from + bins.width) - 1];
    const top = y.toPixel(count);
    return html`<rect
      class="bar c${colour}"
      x="${left.toFixed(1)}"
      y="${top.toFixed(1)}"
      width="${Math.max(1, right - left).toFixed(1)}"
      height="${(y.toPixel(0) - top).toFixed(1)}"
      ><title>${name}: ${count} from ${formatTick(from)} to ${formatTick(from + bins.width)}</title></rect
    >`;
  });
}

function meanLine(
  { values }: StackedHistogramsSpec["rows"][number],
  top: number,
  x: Scale,
): Html | undefined {
  const mean = summarise(values)?.mean;
  if (mean === undefined) return undefined;
  const at = x.toPixel(mean);
  const isLeft = at < (FRAME.left + FRAME.right) / 2;
  return html`<path class="guide" d="M${at.toFixed(1)} ${top - 10}V${top + ROW_HEIGHT}" /><text
      class="note"
      x="${(at + (isLeft ? 6 : -6)).toFixed(1)}"
      y="${top - 2}"
      text-anchor="${isLeft ? "start" : "end"}"
      >mean ${formatNumber(mean)}</text
    >`;
}
