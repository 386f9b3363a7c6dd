import { DomainError } from "@worldmodels/errors";
import { multiplyHigh } from "./multiply-high.js";
import { Pcg64 } from "./pcg64.js";
import type { Rng, RngState } from "./rng.js";
import { seedSequence, type SeedSequence } from "./seed-sequence.js";
import {
  ZIGGURAT_TAIL_START,
  ZIGGURAT_TAIL_START_INVERSE,
  acceptBelow,
  curveHeight,
  layerScale,
} from "./ziggurat-table.js";

/**
 * A stream with numpy's numbers: `numpy.random.Generator(numpy.random.PCG64(numpy.random.SeedSequence(seed)))`.
 *
 * @param seed an integer >= 0 (a number must be a safe integer), or a SeedSequence for derived streams
 * @throws DomainError `invalid-argument` for any other seed
 */
export function createRng(seed: bigint | number | SeedSequence): Rng {
  const sequence = typeof seed === "object" ? seed : seedSequence(seed);
  return new NumpyRng(Pcg64.fromSeedWords(sequence.generateState(8)), null);
}

/**
 * Goes on from an exact state.
 *
 * @throws DomainError `invalid-argument` where `state` is not one that `Rng.state` gives
 */
export function createRngFromState(state: RngState): Rng {
  const { generator, keptUint32 } = state;
  if ((generator as string) !== "PCG64") {
    throw new DomainError(
      "invalid-argument",
      `the state's generator is ${JSON.stringify(generator)}; only "PCG64" is known.`,
    );
  }
  if (keptUint32 !== null && (!Number.isInteger(keptUint32) || keptUint32 < 0 || keptUint32 > 0xffffffff)) {
    throw new DomainError(
      "invalid-argument",
      `keptUint32 is ${keptUint32}; it must be null or in [0, 2^32 - 1].`,
    );
  }
  const increment = parseUint128(state.increment, "increment");
  if ((increment & 1n) === 0n) {
    throw new DomainError(
      "invalid-argument",
      `the increment ${increment} is even; that of a PCG64 stream is odd.`,
    );
  }
  return new NumpyRng(new Pcg64(parseUint128(state.state, "state"), increment), keptUint32);
}

function parseUint128(text: string, what: string): bigint {
  if (!/^\d{1,39}$/.test(text) || BigInt(text) >> 128n !== 0n) {
    throw new DomainError(
      "invalid-argument",
      `${what} is ${JSON.stringify(text)}; it must be an integer below 2^128.`,
    );
  }
  return BigInt(text);
}

const TWO_TO_MINUS_53 = 2 ** -53;

class NumpyRng implements Rng {
  constructor(
    private readonly bits: Pcg64,
    private kept: number | null,
  ) {}

  nextUint64(): bigint {
    this.bits.draw();
    return (BigInt(this.bits.high >>> 0) << 32n) | BigInt(this.bits.low >>> 0);
  }

  nextUint32(): number {
    if (this.kept !== null) {
      const kept = this.kept;
      this.kept = null;
      return kept;
    }
    this.bits.draw();
    this.kept = this.bits.high >>> 0;
    return this.bits.low >>> 0;
  }

  random(): number {
    this.bits.draw();
    return ((this.bits.high >>> 0) * 2097152 + (this.bits.low >>> 11)) * TWO_TO_MINUS_53;
  }

  uniform(low: number, high: number): number {
    return low + (high - low) * this.random();
  }

  integers(high: number): number {
    if (!Number.isInteger(high) || high < 1 || high > 2 ** 32) {
      throw new DomainError(
        "invalid-argument",
        `integers(${high}): the bound must be an integer in [1, 2^32].`,
      );
    }
    if (high === 1) return 0;
    let word = this.nextUint32();
    if (high === 2 ** 32) return word;
    // The low half of word * high decides whether this word belongs to the few that would bias the result.
    let low = Math.imul(word, high) >>> 0;
    if (low < high) {
      const threshold = (2 ** 32 - high) % high;
      while (low < threshold) {
        word = this.nextUint32();
        low = Math.imul(word, high) >>> 0;
      }
    }
    return multiplyHigh(word, high);
  }

  standardNormal(): number {
    for (;;) {
      this.bits.draw();
      // From the lowest: 8 bits of layer, a sign, 52 bits of magnitude.
      const layer = this.bits.low & 0xff;
      const negative = (this.bits.low & 0x100) !== 0;
      const magnitude = ((this.bits.high >>> 0) & 0x1fffffff) * 8388608 + (this.bits.low >>> 9);
      const x = magnitude * at(layerScale, layer);
      const signed = negative ? -x : x;
      if (magnitude < at(acceptBelow, layer)) return signed;
      if (layer === 0) return this.tail((this.bits.low & 0x20000) !== 0);
      const height = at(curveHeight, layer - 1) - at(curveHeight, layer);
      if (height * this.random() + at(curveHeight, layer) < Math.exp(-0.5 * x * x)) return signed;
    }
  }

  fillStandardNormal<T extends Float32Array | Float64Array>(out: T): T {
    for (let i = 0; i < out.length; i++) out[i] = this.standardNormal();
    return out;
  }

  state(): RngState {
    return {
      generator: "PCG64",
      state: this.bits.state.toString(),
      increment: this.bits.increment.toString(),
      keptUint32: this.kept,
    };
  }

  /** Marsaglia's method for what lies beyond the last layer. */
  private tail(negative: boolean): number {
    for (;;) {
      const beyond = -ZIGGURAT_TAIL_START_INVERSE * Math.log1p(-this.random());
      const height = -Math.log1p(-this.random());
      if (height + height > beyond * beyond) {
        return negative ? -(ZIGGURAT_TAIL_START + beyond) : ZIGGURAT_TAIL_START + beyond;
      }
    }
  }
}

/** An element of a table that the index cannot leave. */
function at(table: Float64Array, index: number): number {
  return table[index] as number;
}
