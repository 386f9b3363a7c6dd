import { html, type Html } from "../html.js";
import { formatCompact, formatNumber } from "../numbers.js";
import { chart, legend, thinned } from "../plots/chart.js";
import type { LossCurve, LossPoint } from "../report-data.js";

const MOST_TOOLTIPS = 100;

/** One chart per quantity: training and held-out over the steps. Logarithmic where a curve falls by more than tenfold. */
export function lossCharts(curves: readonly LossCurve[]): Html {
  return html`${legend([
      { name: "training", colour: 4, kind: "stroke" },
      { name: "held out", colour: 1, kind: "stroke" },
    ])}
    <div class="charts">${curves.map(lossChart)}</div>`;
}

function lossChart({ name, unit, train, heldOut = [] }: LossCurve): Html {
  const values = [...train, ...heldOut].map(({ value }) => value).filter(Number.isFinite);
  const lowest = values.reduce((low, value) => Math.min(low, value), Infinity);
  const highest = values.reduce((high, value) => Math.max(high, value), -Infinity);
  const asPoints = (points: readonly LossPoint[]) =>
    thinned(points.map(({ step, value }) => ({ x: step, y: value })));
  const trainPoints = asPoints(train);
  const last = heldOut.at(-1) ?? train.at(-1);
  const stride = Math.ceil(trainPoints.length / MOST_TOOLTIPS);
  return html`<figure>
    <figcaption>
      <b>${name}</b>,
      ${unit}${
        last === undefined
          ? undefined
          : html`: <b>${formatNumber(last.value)}</b> at the end${heldOut.length > 0 ? ", held out" : ""}`
      }
    </figcaption>
    ${chart({
      title: `${name} during training`,
      x: { label: "training step", format: formatCompact },
      y: { label: unit, format: formatCompact, log: lowest > 0 && highest > 10 * lowest },
      lines: [
        { name: "training", colour: 4, points: trainPoints },
        { name: "held out", colour: 1, points: asPoints(heldOut) },
      ],
      dots: [
        {
          name: "held out",
          colour: 1,
          points: (heldOut.length <= 60 ? heldOut : []).map(({ step, value }) => ({
            x: step,
            y: value,
            tooltip: `step ${formatNumber(step)}, held out: ${formatNumber(value)}`,
          })),
        },
      ],
      tooltips: trainPoints
        .filter((_, i) => i % stride === 0)
        .map(({ x, y }) => ({
          x,
          text: `step ${formatNumber(Math.round(x))}, training: ${formatNumber(y)}`,
        })),
    })}
  </figure>`;
}
