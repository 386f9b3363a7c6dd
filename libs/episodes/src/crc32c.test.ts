import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32c } from "./crc32c.js";

// The check value of the algorithm, and the examples of RFC 3720, appendix B.4.
for (const [what, bytes, expected] of [
  ["no bytes", new Uint8Array(0), 0],
  ["123456789", new TextEncoder().encode("123456789"), 0xe3069283],
  ["32 zeros", new Uint8Array(32), 0x8a9136aa],
  ["32 ones", new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ["0 to 31", Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
  ["31 to 0", Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
] as const) {
  test(`crc32c of ${what} is 0x${expected.toString(16)}`, () => {
    assert.equal(crc32c(bytes), expected);
  });
}

test("bytes inside a larger buffer, at any offset and of any length, have the checksum of a copy", () => {
  const around = Uint8Array.from({ length: 64 }, (_, i) => (i * 37) & 255);
  for (let offset = 0; offset < 9; offset++) {
    for (let length = 0; length < 20; length++) {
      const inside = around.subarray(offset, offset + length);
      assert.equal(crc32c(inside), bitwise(inside));
    }
  }
});

function bitwise(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}
