import { html, type Html } from "../html.js";
import { formatTick } from "../numbers.js";
import type { Colour } from "./chart.js";
import type { Scale } from "./scale.js";

/** Numbers of values in bins `[low + k * width, low + (k + 1) * width)`. */
export interface Bins {
  readonly low: number;
  readonly width: number;
  readonly counts: readonly number[];
}

/** The part of a picture that a histogram is drawn in, pixels. */
export interface BarFrame {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** Lines and numbers of the axis of counts: whole ones only. */
export function countTicks(y: Scale, { left, right }: BarFrame): readonly Html[] {
  return y.ticks.filter(Number.isInteger).map((tick) => {
    const at = y.toPixel(tick).toFixed(1);
    return html`<path class="grid" d="M${left} ${at}H${right}" /><text
        class="tick"
        x="${left - 7}"
        y="${at}"
        dy=".35em"
        text-anchor="end"
        >${tick}</text
      >`;
  });
}

/** Numbers below the axis of values. */
export function valueTicks(x: Scale, bottom: number): readonly Html[] {
  return x.ticks.map((tick) => {
    const at = x.toPixel(tick).toFixed(1);
    return html`<text class="tick" x="${at}" y="${bottom + 17}" text-anchor="middle"
      >${formatTick(tick)}</text
    >`;
  });
}

/**
 * One bar per bin that has something in it.
 *
 * @param name put before the counts where several histograms stand together
 */
export function countBars(
  { low, width, counts }: Bins,
  { x, y }: { readonly x: Scale; readonly y: Scale },
  colour: Colour,
  name?: string,
): readonly (Html | undefined)[] {
  return counts.map((count, bin) => {
    if (count === 0) return undefined;
    const from = low + bin * width;
    const [left, right] = [x.toPixel(from) + 1, x.toPixel(from + width) - 1];
    const top = y.toPixel(count);
    const range = `${count} from ${formatTick(from)} to ${formatTick(from + width)}`;
    return html`<rect
      class="bar c${colour}"
      x="${left.toFixed(1)}"
      y="${top.toFixed(1)}"
      width="${Math.max(1, right - left).toFixed(1)}"
      height="${(y.toPixel(0) - top).toFixed(1)}"
      ><title>${name === undefined ? range : `${name}: ${range}`}</title></rect
    >`;
  });
}

/** A vertical line with a word at its top, on the side that has room. */
export function guideLine(
  label: string,
  at: number,
  { left, right, top, bottom }: BarFrame,
  { above, wordAbove }: { readonly above: number; readonly wordAbove: number },
): Html {
  const isLeft = at < (left + right) / 2;
  return html`<path class="guide" d="M${at.toFixed(1)} ${top - above}V${bottom}" /><text
      class="note"
      x="${(at + (isLeft ? 6 : -6)).toFixed(1)}"
      y="${top - wordAbove}"
      text-anchor="${isLeft ? "start" : "end"}"
      >${label}</text
    >`;
}
