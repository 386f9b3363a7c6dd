/** A closed road as its generator makes it, tile by tile in driving order; metres and radians, float64 `[tileCount]`. */
export interface Track {
  readonly tileCount: number;
  /** Tries that it took; failed ones consume random numbers too. */
  readonly attempts: number;
  /** Angle around the playfield's centre. */
  readonly alpha: Float64Array;
  /** Heading: the road's cross direction is (cos beta, sin beta). */
  readonly beta: Float64Array;
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** 1 where a tile has a kerb. */
  readonly kerb: Uint8Array;
}
