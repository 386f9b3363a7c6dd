/** The float32 value of every float16 bit pattern; half of the work of reading is this one lookup. */
const VALUES = Float32Array.from({ length: 65536 }, (_, bits) => halfValue(bits));

const scratch = new Float32Array(1);
const scratchBits = new Uint32Array(scratch.buffer);

/** Bit patterns of IEEE 754 binary16, rounded to nearest, ties to even; too large becomes ±Infinity. */
export function encodeHalfFloats(values: Float32Array): Uint16Array {
  return Uint16Array.from(values, halfBits);
}

/** Float32 values of binary16 bit patterns; exact. */
export function decodeHalfFloats(bits: Uint16Array): Float32Array {
  const values = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) values[i] = VALUES[bits[i] ?? 0] ?? NaN;
  return values;
}

function halfBits(value: number): number {
  scratch[0] = value;
  const bits = scratchBits[0] ?? 0;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  // 65520 is half-way between the largest half float and the next power of two: rounds to Infinity.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude >= 0x38800000) {
    const odd = (magnitude >>> 13) & 1;
    return sign | ((magnitude - 0x38000000 + 0xfff + odd) >>> 13);
  }
  // Below 2^-14 the spacing is 2^-24; adding 0.5 makes the float32 adder round to that spacing.
  scratch[0] = Math.abs(value) + 0.5;
  return sign | ((scratchBits[0] ?? 0) - 0x3f000000);
}

function halfValue(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
