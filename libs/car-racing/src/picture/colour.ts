/** One 0xBBGGRR pixel of three levels, 0 to 255, whose fractions are dropped. */
export function packColour(red: number, green: number, blue: number): number {
  return red | 0 | ((green | 0) << 8) | ((blue | 0) << 16);
}

/**
 * Blends one colour over the pixels `from` to `to` (exclusive) of the row of RGB that begins at `rowOut`.
 *
 * @param alpha coverage; over 1 where shapes lie over one another, which are then averaged
 * @param red, green, blue levels times coverage
 * @param rounding added before fractions are dropped
 */
export function blendSpan(
  out: Uint8Array,
  rowOut: number,
  from: number,
  to: number,
  alpha: number,
  red: number,
  green: number,
  blue: number,
  rounding: number,
): void {
  const scale = alpha > 1 ? 1 / alpha : 1;
  const keep = alpha > 1 ? 0 : 1 - alpha;
  for (let o = rowOut + from * 3; o < rowOut + to * 3; o += 3) {
    out[o] = (out[o] ?? 0) * keep + red * scale + rounding;
    out[o + 1] = (out[o + 1] ?? 0) * keep + green * scale + rounding;
    out[o + 2] = (out[o + 2] ?? 0) * keep + blue * scale + rounding;
  }
}
