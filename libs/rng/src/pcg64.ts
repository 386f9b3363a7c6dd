import { multiplyHigh } from "./multiply-high.js";

// The multiplier of PCG64's 128-bit congruential generator, 2549297995355413924 * 2^64 + 4865540595714422341,
// as 32-bit limbs from the lowest.
const M0 = 0x9fccf645 | 0;
const M1 = 0x4385df64;
const M2 = 0x1fc65da4;
const M3 = 0x2360ed05;

/**
 * PCG64 (O'Neill's XSL-RR 128/64), the bit source of numpy's default generator. 128-bit numbers are four
 * 32-bit limbs and no BigInt, which would cost some fifty times as much per draw.
 */
export class Pcg64 {
  /** The two halves of the latest draw, as signed 32-bit integers. */
  high = 0;
  low = 0;
  private s0 = 0;
  private s1 = 0;
  private s2 = 0;
  private s3 = 0;
  private i0 = 0;
  private i1 = 0;
  private i2 = 0;
  private i3 = 0;

  /**
   * @param state 128 bits
   * @param increment 128 bits, odd
   */
  constructor(state: bigint, increment: bigint) {
    [this.s0, this.s1, this.s2, this.s3] = limbsOf(state);
    [this.i0, this.i1, this.i2, this.i3] = limbsOf(increment);
  }

  /** Seeds as numpy does: `words` are eight from a SeedSequence, each pair (low, high) one 64-bit number. */
  static fromSeedWords(words: Uint32Array): Pcg64 {
    const quad = (i: number): bigint => (BigInt(words[2 * i + 1] ?? 0) << 32n) | BigInt(words[2 * i] ?? 0);
    const initialState = (quad(0) << 64n) | quad(1);
    const sequence = (quad(2) << 64n) | quad(3);
    const increment = BigInt.asUintN(128, (sequence << 1n) | 1n);
    const generator = new Pcg64(BigInt.asUintN(128, increment + initialState), increment);
    generator.advance();
    return generator;
  }

  /** Draws 64 bits into `high` and `low`. */
  draw(): void {
    this.advance();
    const x = this.s3 ^ this.s1;
    const y = this.s2 ^ this.s0;
    const turn = this.s3 >>> 26;
    // Rotate x:y right by `turn`; a shift by 32 would be a shift by 0 in JavaScript, hence the cases.
    const bits = turn & 31;
    const up = turn < 32 ? x : y;
    const down = turn < 32 ? y : x;
    if (bits === 0) {
      this.high = up;
      this.low = down;
    } else {
      this.high = (up >>> bits) | (down << (32 - bits));
      this.low = (down >>> bits) | (up << (32 - bits));
    }
  }

  get state(): bigint {
    return fromLimbs(this.s0, this.s1, this.s2, this.s3);
  }

  get increment(): bigint {
    return fromLimbs(this.i0, this.i1, this.i2, this.i3);
  }

  /** state = state * M + increment, modulo 2^128. Sums of up to eight uint32 are exact in a double. */
  private advance(): void {
    const a0 = this.s0;
    const a1 = this.s1;
    const a2 = this.s2;
    const a3 = this.s3;
    let sum = (Math.imul(a0, M0) >>> 0) + (this.i0 >>> 0);
    this.s0 = sum | 0;
    sum =
      (sum > 0xffffffff ? 1 : 0) +
      multiplyHigh(a0, M0) +
      (Math.imul(a0, M1) >>> 0) +
      (Math.imul(a1, M0) >>> 0) +
      (this.i1 >>> 0);
    this.s1 = sum | 0;
    sum =
      Math.floor(sum / 0x100000000) +
      multiplyHigh(a0, M1) +
      multiplyHigh(a1, M0) +
      (Math.imul(a0, M2) >>> 0) +
      (Math.imul(a1, M1) >>> 0) +
      (Math.imul(a2, M0) >>> 0) +
      (this.i2 >>> 0);
    this.s2 = sum | 0;
    sum =
      Math.floor(sum / 0x100000000) +
      multiplyHigh(a0, M2) +
      multiplyHigh(a1, M1) +
      multiplyHigh(a2, M0) +
      (Math.imul(a0, M3) >>> 0) +
      (Math.imul(a1, M2) >>> 0) +
      (Math.imul(a2, M1) >>> 0) +
      (Math.imul(a3, M0) >>> 0) +
      (this.i3 >>> 0);
    this.s3 = sum | 0;
  }
}

function limbsOf(value: bigint): [number, number, number, number] {
  const limb = (i: bigint): number => Number(BigInt.asIntN(32, value >> (32n * i)));
  return [limb(0n), limb(1n), limb(2n), limb(3n)];
}

function fromLimbs(...limbs: readonly number[]): bigint {
  return limbs.reduceRight((value, limb) => (value << 32n) | BigInt(limb >>> 0), 0n);
}
