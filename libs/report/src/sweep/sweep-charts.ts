import { html, type Html } from "../html.js";
import { formatFixed, formatNumber, formatTick } from "../numbers.js";
import { chart, legend, type ChartSpec, type Colour } from "../plots/chart.js";
import type { Section } from "../sections/section.js";
import type { Estimate } from "./estimate.js";
import { hasFigures, type SweepData } from "./sweep-data.js";
import { isNumeric, seriesAlong, shortName, type SweepSeries } from "./sweep-series.js";

/** As many as there are colours. */
const SERIES_OF_A_CHART = 4;

/** For each numeric setting that varies: scores in reality and in the dream against it. */
export function sweepCharts({ axes, rows }: SweepData): readonly Section[] {
  const finished = rows.filter(hasFigures);
  const random = finished.reduce((sum, { randomMean }) => sum + randomMean / finished.length, 0);
  return axes
    .filter((axis) => finished.length > 0 && isNumeric(axis, rows))
    .map((axis) => {
      const series = seriesAlong(axis, axes, rows);
      const charts = Array.from({ length: Math.ceil(series.length / SERIES_OF_A_CHART) }, (_, part) =>
        drawSeries(axis, series.slice(part * SERIES_OF_A_CHART, (part + 1) * SERIES_OF_A_CHART), random),
      );
      return {
        id: `by-${axis}`,
        title: `Scores by ${shortName(axis)}`,
        body: html`${charts}
          <p class="muted">${describeIntervals(series)}</p>`,
      };
    });
}

interface Curve {
  readonly name: string;
  readonly colour: Colour;
  readonly dashed: boolean;
  readonly points: readonly { readonly x: number; readonly of: Estimate }[];
}

function drawSeries(axis: string, series: readonly SweepSeries[], random: number): Html {
  const curves = curvesOf(series);
  const spec: ChartSpec = {
    title: `Mean score against ${axis}`,
    size: { width: 760, height: 360 },
    x: { label: axis },
    y: { label: "mean score", include: [random] },
    lines: curves.map(({ name, colour, dashed, points }) => ({
      ...{ name, colour, dashed },
      points: points.map(({ x, of }) => ({ x, y: of.mean })),
    })),
    dots: curves.map(({ name, colour, points }) => ({
      ...{ name, colour },
      points: points.map(({ x, of }) => ({
        ...{
          x,
          y: of.mean,
          tooltip: `${name}, ${shortName(axis)} ${formatTick(x)}: ${describeEstimate(of)}`,
        },
        ...(of.half !== undefined && { error: of.half }),
      })),
    })),
    guides: [{ y: random, label: `random policy ${formatNumber(random)}` }],
  };
  return html`${legend(curves.map(({ name, colour }) => ({ name, colour, kind: "stroke" })))}
    <div class="scroll wide">${chart(spec)}</div>`;
}

/** Reality and dream have a colour each where there is one series; else each series has one, and its dream is dashed. */
function curvesOf(series: readonly SweepSeries[]): Curve[] {
  const isOne = series.length === 1;
  return series.flatMap(({ name, points }, index) => {
    const prefix = name === "" ? "" : `${name}, `;
    const colour = (index + 1) as Colour;
    const dreamed = points.flatMap(({ x, dream }) => (dream === undefined ? [] : [{ x, of: dream }]));
    const real: Curve = {
      ...{ name: `${prefix}real`, colour, dashed: false },
      points: points.map((point) => ({ x: point.x, of: point.real })),
    };
    if (dreamed.length === 0) return [real];
    const dream: Curve = {
      name: isOne ? `${prefix}dream` : `${prefix}dream (dashed)`,
      ...{ colour: isOne ? 2 : colour, dashed: !isOne, points: dreamed },
    };
    return [real, dream];
  });
}

/** `812 ± 40 (95 % interval over 3 seeds)`. */
export function describeEstimate({ mean, half, over, count }: Estimate): string {
  const text = formatFixed(mean, 1);
  if (half === undefined) return `${text} (1 episode)`;
  return `${text} ± ${formatFixed(half, 1)} (95 % interval over ${count} ${over})`;
}

function describeIntervals(series: readonly SweepSeries[]): string {
  const kinds = new Set(series.flatMap(({ points }) => points.map(({ real }) => real.over)));
  const seeds = "over runs of different seeds, which includes the luck of training";
  const episodes =
    "over the episodes of one run, which leaves out the luck of training: another seed may well lie outside";
  if (kinds.size > 1)
    return `Bars are 95 % intervals (Student's t): ${seeds}; where there is one seed only, ${episodes}.`;
  return `Bars are 95 % intervals (Student's t) ${kinds.has("seeds") ? seeds : episodes}.`;
}
