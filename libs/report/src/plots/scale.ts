/** Maps a range of values to a range of pixels, and knows where round numbers lie in it. */
export interface Scale {
  readonly low: number;
  readonly high: number;
  /** Round values within the range, ascending. */
  readonly ticks: readonly number[];
  toPixel(value: number): number;
}

/**
 * A linear scale.
 *
 * @param values.low `values.high` the range of the data; equal ones are spread by one
 * @param pixels.from where `low` lies; may be above `pixels.to`, as y grows downward
 * @param options.round widens the range to whole tick steps
 */
export function linearScale(
  values: { readonly low: number; readonly high: number },
  pixels: { readonly from: number; readonly to: number },
  options: { readonly tickCount?: number; readonly round?: boolean } = {},
): Scale {
  const isFlat = values.low === values.high;
  let low = isFlat ? values.low - 0.5 : values.low;
  let high = isFlat ? values.high + 0.5 : values.high;
  const step = tickStep(low, high, options.tickCount ?? 5);
  if (options.round === true) {
    low = Math.floor(low / step + 1e-9) * step;
    high = Math.ceil(high / step - 1e-9) * step;
  }
  const ticks: number[] = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++) {
    ticks.push(Number((k * step).toPrecision(12)));
  }
  const perValue = (pixels.to - pixels.from) / (high - low);
  return { low, high, ticks, toPixel: (value) => pixels.from + (value - low) * perValue };
}

/** A logarithmic scale over values above 0; its ticks are 1, 2 and 5 times powers of ten, or the powers alone. */
export function logScale(
  values: { readonly low: number; readonly high: number },
  pixels: { readonly from: number; readonly to: number },
): Scale {
  const isFlat = values.low === values.high;
  const low = isFlat ? values.low / 2 : values.low;
  const high = isFlat ? values.high * 2 : values.high;
  const decades = Math.log10(high / low);
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const digit of decades > 3 ? [1] : [1, 2, 5]) {
      const tick = Number((digit * 10 ** power).toPrecision(12));
      if (tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9)) ticks.push(tick);
    }
  }
  const perDecade = (pixels.to - pixels.from) / decades;
  return { low, high, ticks, toPixel: (value) => pixels.from + Math.log10(value / low) * perDecade };
}

/** The step of 1, 2 or 5 times a power of ten that cuts the range into about `count` parts. */
export function tickStep(low: number, high: number, count: number): number {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const digit = [1, 2, 5].find((candidate) => rough <= candidate * power * 1.0000001) ?? 10;
  return digit * power;
}

/** Lowest and highest finite number, or undefined where there is none. */
export function extent(
  values: Iterable<number>,
): { readonly low: number; readonly high: number } | undefined {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low <= high ? { low, high } : undefined;
}
