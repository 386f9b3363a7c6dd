import { html, type Html } from "../html.js";
import { formatNumber, summarise } from "../numbers.js";
import { countBars, countTicks, guideLine, valueTicks } from "./bars.js";
import type { Colour } from "./chart.js";
import { binValues, countInBins } from "./histogram.js";
import { linearScale } from "./scale.js";

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
      const frame = { left: FRAME.left, right: FRAME.right, top, bottom: top + ROW_HEIGHT };
      const mean = summarise(row.values)?.mean;
      return html`${countTicks(y, frame)}<path
          class="axis"
          d="M${frame.left} ${frame.bottom}H${frame.right}"
        />${countBars({ ...bins, counts: counts[k] ?? [] }, { x, y }, row.colour, row.name)}${mean === undefined ? undefined : guideLine(`mean ${formatNumber(mean)}`, x.toPixel(mean), frame, { above: 10, wordAbove: 2 })}`;
    })}
    ${valueTicks(x, bottom)}
    <text class="label" x="${(FRAME.left + FRAME.right) / 2}" y="${bottom + 37}" text-anchor="middle">
      ${xLabel}
    </text>
    <text class="label" transform="translate(13 ${middle}) rotate(-90)" text-anchor="middle">${yLabel}</text>
  </svg>`;
}
