import assert from "node:assert/strict";
import { test } from "node:test";
import { isDomainError } from "@worldmodels/errors";
import { decomposeSymmetric } from "./symmetric-eigen.js";

test("the second-difference matrix has the eigenvalues 2 - 2 cos(k pi / (n + 1))", () => {
  const n = 30;
  const matrix = symmetric(n, (i, j) => (i === j ? 2 : i - j === 1 ? -1 : 0));
  const { values } = decomposeSymmetric(matrix, n);
  values.forEach((value, k) => {
    assert.ok(Math.abs(value - (2 - 2 * Math.cos(((k + 1) * Math.PI) / (n + 1)))) < 1e-14);
  });
});

const matrices: readonly (readonly [string, number, (i: number, j: number) => number])[] = [
  ["one number", 1, () => 3],
  ["two by two", 2, (i, j) => (i === j ? 1 : 0.5)],
  ["the identity", 6, (i, j) => (i === j ? 1 : 0)],
  ["all ones, of rank one", 7, () => 1],
  ["two equal blocks", 8, (i, j) => (i % 2 === j % 2 ? 1 / (1 + Math.abs(i - j)) : 0)],
  ["Hilbert's, nearly singular", 10, (i, j) => 1 / (i + j + 1)],
  ["scales from 1 to 1e12", 9, (i, j) => 10 ** (1.5 * Math.min(i, j)) / (1 + Math.abs(i - j))],
  ["no structure", 61, (i, j) => Math.sin(1 + i * j * 0.37 + i)],
];
for (const [name, n, entry] of matrices) {
  test(`${name}: vectors are orthonormal, ordered and positive at their largest, and give the matrix back`, () => {
    const matrix = symmetric(n, entry);
    const { values, vectors } = decomposeSymmetric(matrix, n);
    const size = Math.max(...values.map(Math.abs));
    for (let i = 0; i < n; i++) {
      if (i > 0) assert.ok(values[i]! >= values[i - 1]!);
      const column = Array.from({ length: n }, (_, k) => vectors[k * n + i]!);
      assert.ok(Math.max(...column) >= -Math.min(...column));
      for (let j = 0; j <= i; j++) {
        let dot = 0;
        let back = 0;
        for (let k = 0; k < n; k++) {
          dot += vectors[k * n + i]! * vectors[k * n + j]!;
          back += vectors[i * n + k]! * values[k]! * vectors[j * n + k]!;
        }
        assert.ok(Math.abs(dot - (i === j ? 1 : 0)) < 1e-13, `columns ${i} and ${j} have the product ${dot}`);
        assert.ok(Math.abs(back - matrix[i * n + j]!) < 1e-13 * size, `[${i}, ${j}] comes back as ${back}`);
      }
    }
  });
}

test("a matrix with NaN is refused instead of looping for ever", () => {
  const matrix = symmetric(5, (i, j) => (i === 3 && j === 1 ? NaN : i === j ? 1 : 0.1));
  assert.throws(
    () => decomposeSymmetric(matrix, 5),
    (error) => isDomainError(error, "out-of-range"),
  );
});

/** The upper triangle is left at NaN: it must not be read. */
function symmetric(n: number, entry: (i: number, j: number) => number): Float64Array {
  return Float64Array.from({ length: n * n }, (_, at) => {
    const i = Math.floor(at / n);
    const j = at % n;
    return j <= i ? entry(i, j) : NaN;
  });
}
