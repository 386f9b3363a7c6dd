import assert from "node:assert/strict";
import { test } from "node:test";
import { isDomainError } from "@worldmodels/errors";
import { decode } from "fast-png";
import type { Pictures } from "../report-data.js";
import { encodePng, everyPicture, pictureAt, pictureSheet } from "./png.js";

function pictures(count: number, height: number, width: number): Pictures {
  const data = Uint8Array.from({ length: count * height * width * 3 }, (_, i) => (i * 83 + (i >> 5)) % 256);
  return { count, height, width, data };
}

const decodeUri = (uri: string) => decode(Buffer.from(uri.replace("data:image/png;base64,", ""), "base64"));

test("a picture comes back from its PNG byte for byte", () => {
  const { data, width, height } = pictures(1, 5, 7);
  const image = decodeUri(encodePng(data, width, height).uri);
  assert.deepEqual([image.width, image.height, image.channels, image.depth], [7, 5, 3, 8]);
  assert.deepEqual(new Uint8Array(image.data), data);
});

test("a sheet holds each picture at its place, and black where there is none", () => {
  const all = pictures(5, 3, 4);
  const sheet = decodeUri(pictureSheet(all, 2).uri);
  assert.deepEqual([sheet.width, sheet.height], [8, 9]);
  const pixel = (x: number, y: number) =>
    Array.from(sheet.data.subarray((y * 8 + x) * 3, (y * 8 + x) * 3 + 3));
  for (let k = 0; k < 6; k++) {
    for (let y = 0; y < 3; y++) {
      for (let x = 0; x < 4; x++) {
        const at = ((k * 3 + y) * 4 + x) * 3;
        const expected = k < 5 ? Array.from(all.data.subarray(at, at + 3)) : [0, 0, 0];
        assert.deepEqual(pixel((k % 2) * 4 + x, Math.floor(k / 2) * 3 + y), expected);
      }
    }
  }
});

test("every second of five pictures is the first, third and fifth", () => {
  const all = pictures(5, 2, 2);
  const some = everyPicture(all, 2);
  assert.equal(some.count, 3);
  [0, 2, 4].forEach((from, k) => {
    assert.deepEqual(pictureAt(some, k).data, pictureAt(all, from).data);
  });
});

for (const wrong of [
  { ...pictures(2, 3, 4), count: 3 },
  { ...pictures(2, 3, 4), width: 5 },
  { count: 0, height: 3, width: 4, data: new Uint8Array() },
]) {
  test(`${wrong.count} pictures of ${wrong.width} x ${wrong.height} in ${wrong.data.length} bytes are refused`, () => {
    assert.throws(
      () => pictureSheet(wrong, 2),
      (error) => isDomainError(error, "invalid-argument"),
    );
  });
}
