import assert from "node:assert/strict";
import { test } from "node:test";
import { scalePicture } from "./scale-picture.js";

const grey = (...levels: number[]) => Uint8Array.from(levels.flatMap((level) => [level, level, level]));

test("the same size gives the same picture", () => {
  const picture = Uint8Array.from({ length: 4 * 4 * 3 }, (_, i) => i * 5);
  assert.deepEqual(scalePicture(picture, 4, 4, 4), picture);
});

test("between two pixels the levels lie between theirs", () => {
  // Centres of four columns over two pixels: at -0.25 (clamped), 0.25, 0.75 and 1.25 (clamped).
  const wide = scalePicture(grey(0, 100, 0, 100), 2, 4, 2);
  assert.deepEqual(wide, grey(0, 25, 75, 100, 0, 25, 75, 100));
  const tall = scalePicture(grey(0, 0, 100, 100), 2, 1, 4);
  assert.deepEqual(tall, grey(0, 25, 75, 100));
});
