/** The upper 32 bits of the 64-bit product of two 32-bit numbers, taken as unsigned whatever their sign. */
export function multiplyHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + (Math.imul(aLow, bLow) >>> 16);
  const cross = aLow * bHigh + (middle & 0xffff);
  // `middle` and `cross` stay below 2^32, and so does the result.
  return aHigh * bHigh + (middle >>> 16) + (cross >>> 16);
}
