import { html, type Html } from "../html.js";
import { formatTick } from "../numbers.js";
import { extent, linearScale, logScale, type Scale } from "./scale.js";

/** Which of the style sheet's colours: 1 blue, 2 orange, 3 green, 4 grey. */
export type Colour = 1 | 2 | 3 | 4;

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A plot of lines, dots and bands over one x axis, as an inline SVG. */
export interface ChartSpec {
  /** What it shows, for people who cannot see it. */
  readonly title: string;
  readonly x: AxisSpec;
  readonly y: AxisSpec;
  readonly lines?: readonly {
    readonly name: string;
    readonly colour: Colour;
    readonly points: readonly Point[];
    readonly dashed?: boolean;
  }[];
  readonly dots?: readonly {
    readonly name: string;
    readonly colour: Colour;
    readonly points: readonly (Point & {
      /** Half the length of an error bar. */
      readonly error?: number;
      readonly tooltip: string;
    })[];
  }[];
  readonly bands?: readonly {
    readonly name: string;
    readonly colour: Colour;
    readonly points: readonly { readonly x: number; readonly low: number; readonly high: number }[];
  }[];
  /** Horizontal lines with a word. */
  readonly guides?: readonly { readonly y: number; readonly label: string }[];
  /** Vertical lines with a word. */
  readonly marks?: readonly { readonly x: number; readonly label: string }[];
  /** Values that appear where the pointer is, each from half-way to its neighbours. */
  readonly tooltips?: readonly { readonly x: number; readonly text: string }[];
  /** A second x axis, above: where to write what. */
  readonly above?: {
    readonly label: string;
    readonly ticks: readonly { readonly x: number; readonly text: string }[];
  };
  readonly size?: { readonly width: number; readonly height: number };
}

export interface AxisSpec {
  readonly label: string;
  readonly format?: (value: number) => string;
  /** Logarithmic; only where every value is above 0. */
  readonly log?: boolean;
  /** Values that the axis must include. */
  readonly include?: readonly number[];
}

/** Draws the chart; nothing but a sentence where there is no finite value to draw. */
export function chart(spec: ChartSpec): Html {
  const { width, height } = spec.size ?? { width: 480, height: 270 };
  const frame = { left: 58, right: width - 14, top: spec.above === undefined ? 16 : 46, bottom: height - 44 };
  const xRange = extent(xValues(spec));
  const yRange = extent([...yValues(spec), ...(spec.y.include ?? [])]);
  if (xRange === undefined || yRange === undefined)
    return html`<p class="muted">${spec.title}: nothing to draw.</p>`;
  const x = linearScale(xRange, { from: frame.left, to: frame.right }, { tickCount: 6 });
  const yPixels = { from: frame.bottom, to: frame.top };
  const y =
    spec.y.log === true && yRange.low > 0
      ? logScale(yRange, yPixels)
      : linearScale(yRange, yPixels, {
          round: true,
          tickCount: Math.max(3, Math.round((frame.bottom - frame.top) / 40)),
        });
  const place: Place = { x, y, frame };
  return html`<svg class="chart" viewBox="0 0 ${width} ${height}" role="img" aria-label="${spec.title}">
    ${gridAndAxes(spec, place)}
    ${(spec.bands ?? []).map((band) => html`<path class="band c${band.colour}" d="${bandPath(band.points, place)}" />`)}
    ${(spec.guides ?? []).map((guide) => guideLine(guide, place))}
    ${(spec.marks ?? []).map((mark) => markLine(mark, place))}
    ${(spec.lines ?? []).map(
      (line) =>
        html`<path
          class="line c${line.colour}${line.dashed === true ? " dashed" : ""}"
          d="${linePath(line.points, place)}"
        />`,
    )}
    ${tooltipStrips(spec.tooltips ?? [], place)}
    ${(spec.dots ?? []).map((dots) => dots.points.map((dot) => dotMark(dot, dots.colour, place)))}
  </svg>`;
}

/** The colours' names, in a line above a chart. */
export function legend(
  entries: readonly { readonly name: string; readonly colour: Colour; readonly kind: string }[],
): Html {
  return html`<p class="legend">
    ${entries.map(
      ({ name, colour, kind }) => html`<span><i class="key ${kind} c${colour}"></i>${name}</span> `,
    )}
  </p>`;
}

/** At most `limit` points: means of equal runs of neighbours. */
export function thinned(points: readonly Point[], limit = 300): readonly Point[] {
  const run = Math.ceil(points.length / limit);
  if (run <= 1) return points;
  const out: Point[] = [];
  for (let start = 0; start < points.length; start += run) {
    const part = points.slice(start, start + run);
    const mean = (pick: (point: Point) => number) =>
      part.reduce((sum, point) => sum + pick(point), 0) / part.length;
    out.push({ x: mean((point) => point.x), y: mean((point) => point.y) });
  }
  return out;
}

interface Place {
  readonly x: Scale;
  readonly y: Scale;
  readonly frame: {
    readonly left: number;
    readonly right: number;
    readonly top: number;
    readonly bottom: number;
  };
}

function* xValues(spec: ChartSpec): Iterable<number> {
  yield* spec.x.include ?? [];
  for (const { points } of [...(spec.lines ?? []), ...(spec.dots ?? [])]) for (const { x } of points) yield x;
  for (const { points } of spec.bands ?? []) for (const { x } of points) yield x;
}

function* yValues(spec: ChartSpec): Iterable<number> {
  for (const { points } of spec.lines ?? []) for (const { y } of points) yield y;
  for (const { points } of spec.dots ?? []) {
    for (const { y, error = 0 } of points) {
      yield y - error;
      yield y + error;
    }
  }
  for (const { points } of spec.bands ?? []) {
    for (const { low, high } of points) {
      yield low;
      yield high;
    }
  }
}

function gridAndAxes({ x: xAxis, y: yAxis, above }: ChartSpec, { x, y, frame }: Place): Html {
  const middle = (frame.left + frame.right) / 2;
  const centre = (frame.top + frame.bottom) / 2;
  const formatX = xAxis.format ?? formatTick;
  const formatY = yAxis.format ?? formatTick;
  return html`${y.ticks.map((tick) => {
      const at = pixel(y.toPixel(tick));
      return html`<path class="grid" d="M${frame.left} ${at}H${frame.right}" /><text
          class="tick"
          x="${frame.left - 7}"
          y="${at}"
          dy=".35em"
          text-anchor="end"
          >${formatY(tick)}</text
        >`;
    })}
    ${x.ticks.map((tick) => {
      const at = pixel(x.toPixel(tick));
      return html`<path class="axis" d="M${at} ${frame.bottom}v4" /><text
          class="tick"
          x="${at}"
          y="${frame.bottom + 17}"
          text-anchor="middle"
          >${formatX(tick)}</text
        >`;
    })}
    <path class="axis" d="M${frame.left} ${frame.bottom}H${frame.right}" />
    <text class="label" x="${middle}" y="${frame.bottom + 37}" text-anchor="middle">${xAxis.label}</text>
    <text class="label" transform="translate(13 ${centre}) rotate(-90)" text-anchor="middle"
      >${yAxis.label}</text
    >
    ${
      above === undefined
        ? undefined
        : html`<path class="axis" d="M${frame.left} ${frame.top}H${frame.right}" />${above.ticks.map(
              (tick) => {
                const at = pixel(x.toPixel(tick.x));
                return html`<path class="axis" d="M${at} ${frame.top}v-4" /><text
                    class="tick"
                    x="${at}"
                    y="${frame.top - 9}"
                    text-anchor="middle"
                    >${tick.text}</text
                  >`;
              },
            )}<text class="label" x="${middle}" y="13" text-anchor="middle">${above.label}</text>`
    }`;
}

function linePath(points: readonly Point[], { x, y }: Place): string {
  let path = "";
  let isPenDown = false;
  for (const point of points) {
    const isDrawable = Number.isFinite(point.x) && Number.isFinite(y.toPixel(point.y));
    if (isDrawable)
      path += `${isPenDown ? "L" : "M"}${pixel(x.toPixel(point.x))} ${pixel(y.toPixel(point.y))}`;
    isPenDown = isDrawable;
  }
  return path;
}

function bandPath(
  points: readonly { readonly x: number; readonly low: number; readonly high: number }[],
  { x, y }: Place,
): string {
  const edge = (values: readonly (readonly [number, number])[]) =>
    values.map(([px, value]) => `${pixel(x.toPixel(px))} ${pixel(y.toPixel(value))}`).join("L");
  const there = edge(points.map((point) => [point.x, point.high]));
  const back = edge(points.map((point) => [point.x, point.low] as const).reverse());
  return points.length === 0 ? "" : `M${there}L${back}Z`;
}

function guideLine(
  { y: value, label }: { readonly y: number; readonly label: string },
  { y, frame }: Place,
): Html | undefined {
  if (value < y.low || value > y.high) return undefined;
  const at = pixel(y.toPixel(value));
  return html`<path class="guide" d="M${frame.left} ${at}H${frame.right}" /><text
      class="note"
      x="${frame.right - 4}"
      y="${at - 5}"
      text-anchor="end"
      >${label}</text
    >`;
}

function markLine(
  { x: value, label }: { readonly x: number; readonly label: string },
  { x, frame }: Place,
): Html {
  const at = pixel(x.toPixel(value));
  return html`<path class="guide" d="M${at} ${frame.top}V${frame.bottom}" /><text
      class="note"
      x="${at + 5}"
      y="${frame.bottom - 7}"
      >${label}</text
    >`;
}

function dotMark(
  dot: Point & { readonly error?: number; readonly tooltip: string },
  colour: Colour,
  { x, y }: Place,
): Html {
  const [cx, cy] = [pixel(x.toPixel(dot.x)), pixel(y.toPixel(dot.y))];
  const bar =
    dot.error === undefined
      ? undefined
      : html`<path
          class="line c${colour} thin"
          d="M${cx} ${pixel(y.toPixel(dot.y - dot.error))}V${pixel(y.toPixel(dot.y + dot.error))}"
        />`;
  return html`<g
    >${bar}<circle class="dot c${colour}" cx="${cx}" cy="${cy}" r="3" /><title>${dot.tooltip}</title></g
  >`;
}

function tooltipStrips(tooltips: NonNullable<ChartSpec["tooltips"]>, { x, frame }: Place): readonly Html[] {
  return tooltips.map(({ x: value, text }, i) => {
    const here = x.toPixel(value);
    const before = tooltips[i - 1];
    const after = tooltips[i + 1];
    const from = before === undefined ? frame.left : (x.toPixel(before.x) + here) / 2;
    const to = after === undefined ? frame.right : (x.toPixel(after.x) + here) / 2;
    return html`<rect
      class="strip"
      x="${pixel(from)}"
      y="${frame.top}"
      width="${pixel(Math.max(to - from, 0))}"
      height="${frame.bottom - frame.top}"
      ><title>${text}</title></rect
    >`;
  });
}

/** A tenth of a pixel is enough, and keeps the file small. */
function pixel(value: number): number {
  return Math.round(value * 10) / 10;
}
