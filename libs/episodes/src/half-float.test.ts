import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeHalfFloats, encodeHalfFloats } from "./half-float.js";

// Value, bit pattern and value read back; recorded from numpy 2.4.6, `np.float32(x).astype(np.float16)`.
const CASES: readonly (readonly [number, number, number])[] = [
  [0, 0x0000, 0],
  [1, 0x3c00, 1],
  [-2, 0xc000, -2],
  [0.1, 0x2e66, 0.0999755859375],
  [65504, 0x7bff, 65504],
  [65519.9, 0x7bff, 65504],
  [65520, 0x7c00, Infinity],
  [-1e9, 0xfc00, -Infinity],
  [6.103515625e-5, 0x0400, 6.103515625e-5],
  [6.1e-5, 0x03ff, 6.097555160522461e-5],
  [5.960464477539063e-8, 0x0001, 5.960464477539063e-8],
  [2.9802322387695312e-8, 0x0000, 0],
  [2.98023259404e-8, 0x0001, 5.960464477539063e-8],
  [1.00048828125, 0x3c00, 1],
  [1.00146484375, 0x3c02, 1.001953125],
];
for (const [value, bits, back] of CASES) {
  test(`${value} is stored as 0x${bits.toString(16)} and read as ${back}`, () => {
    const encoded = encodeHalfFloats(Float32Array.of(value));
    assert.deepEqual([...encoded], [bits]);
    assert.deepEqual([...decodeHalfFloats(encoded)], [back]);
  });
}

test("every bit pattern that is a number survives reading and storing", () => {
  const patterns = Uint16Array.from({ length: 65536 }, (_, bits) => bits).filter(
    (bits) => (bits & 0x7fff) <= 0x7c00,
  );
  assert.deepEqual(encodeHalfFloats(decodeHalfFloats(patterns)), patterns);
});

test("NaN stays NaN", () => {
  assert.deepEqual([...decodeHalfFloats(encodeHalfFloats(Float32Array.of(NaN)))], [NaN]);
});
