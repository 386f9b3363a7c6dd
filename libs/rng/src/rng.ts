/**
 * A stream of random numbers. Everything random in the system takes one of these as an argument; nothing
 * reaches for a global generator, so a seed fixes every byte that follows from it.
 */
export interface Rng {
  /** The next raw 64 bits, 0 to 2^64 - 1. */
  nextUint64(): bigint;
  /** The next raw 32 bits; like numpy, takes the low half of a fresh 64-bit draw and keeps the high half for the next call. */
  nextUint32(): number;
  /** A float64 in [0, 1) with 53 random bits; consumes one 64-bit draw (numpy `Generator.random`). */
  random(): number;
  /** A float64 in [low, high): `low + (high - low) * random()` (numpy `Generator.uniform`). */
  uniform(low: number, high: number): number;
  /** An integer in [0, high), 1 <= high <= 2^32 (numpy `Generator.integers(high)`, Lemire's method). */
  integers(high: number): number;
  /** A standard normal float64 (numpy `Generator.standard_normal`, ziggurat). */
  standardNormal(): number;
  /** Fills `out` with standard normals in order and returns it. */
  fillStandardNormal<T extends Float32Array | Float64Array>(out: T): T;
  /** The exact state, as plain JSON data; `createRngFromState` goes on from it with the same numbers. */
  state(): RngState;
}

/** The exact state of a PCG64 stream: decimal strings of 128-bit numbers, and the half draw kept by `nextUint32`. */
export interface RngState {
  readonly generator: "PCG64";
  readonly state: string;
  readonly increment: string;
  readonly keptUint32: number | null;
}
