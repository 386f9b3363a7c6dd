/**
 * Functions to try an optimiser on, in the system's sense: higher is better, and the optimum is 0. Definitions as in
 * Hansen's tutorial (arXiv 1604.00772) and the BBOB suite, negated.
 */
export const fitnessFunctions = {
  /** Optimum at 0. */
  sphere: (x: Float64Array): number => -sumOver(x, (v) => v * v),
  /** Optimum at 0; axes of lengths 1 to 1000, along the coordinates. */
  ellipsoid: (x: Float64Array): number => -sumOver(x, (v, i) => 10 ** ((6 * i) / (x.length - 1)) * v * v),
  /** Optimum at 1, at the end of a bent valley. */
  rosenbrock: (x: Float64Array): number =>
    -sumOver(x.subarray(1), (next, i) => {
      const v = x[i] ?? 0;
      return 100 * (v * v - next) ** 2 + (v - 1) ** 2;
    }),
  /** Optimum at 0, among very many local ones. */
  rastrigin: (x: Float64Array): number => -sumOver(x, (v) => 10 + v * v - 10 * Math.cos(2 * Math.PI * v)),
  /** No optimum: the search must run off along the first coordinate. */
  linear: (x: Float64Array): number => -(x[0] ?? 0),
};

function sumOver(x: Float64Array, term: (value: number, index: number) => number): number {
  return x.reduce((total, value, i) => total + term(value, i), 0);
}
