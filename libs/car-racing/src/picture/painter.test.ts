import assert from "node:assert/strict";
import { test } from "node:test";
import { isDomainError } from "@worldmodels/errors";
import { createPainter } from "./painter.js";
import { readObservations } from "./recorded-scenes.test-helper.js";
import type { Scene } from "./scene.js";

const RGB_BYTES = 96 * 96 * 3;
const WM_BYTES = 64 * 64 * 3;
const observations = readObservations();
const painter = createPainter();

/** Mean difference per value in levels, and the share of pixels with no channel more than 8 levels off. */
function compare(ours: Uint8Array, theirs: Uint8Array, counts: (pixel: number) => boolean) {
  let pixels = 0;
  let near = 0;
  let sum = 0;
  for (let i = 0; i < ours.length / 3; i++) {
    if (!counts(i)) continue;
    const off = [0, 1, 2].map((k) => Math.abs(ours[i * 3 + k]! - theirs[i * 3 + k]!));
    pixels++;
    sum += (off[0]! + off[1]! + off[2]!) / 3;
    if (Math.max(...off) <= 8) near++;
  }
  return { mean: sum / pixels, near: near / pixels };
}

function rgb96(scene: Scene): Uint8Array {
  const out = new Uint8Array(RGB_BYTES);
  painter.paintRgb96(scene, out, 0);
  return out;
}

function wm64(scene: Scene): Uint8Array {
  const out = new Uint8Array(WM_BYTES);
  painter.paintWm64(scene, out, 0);
  return out;
}

/** The upper 84 of 96 rows at 64x64, each pixel the mean of the area that it covers. */
function resizeToWm64(image: Uint8Array): Uint8Array {
  const overlap = (a: number, b: number, j: number): number =>
    Math.max(0, Math.min(b, j + 1) - Math.max(a, j));
  return Uint8Array.from({ length: WM_BYTES }, (_, i) => {
    const [channel, x, y] = [i % 3, Math.floor(i / 3) % 64, Math.floor(i / 192)];
    const [left, right, top, bottom] = [x * 1.5, (x + 1) * 1.5, (y * 84) / 64, ((y + 1) * 84) / 64];
    let sum = 0;
    for (let row = Math.floor(top); row < bottom; row++) {
      for (let column = Math.floor(left); column < right; column++) {
        const weight = overlap(top, bottom, row) * overlap(left, right, column);
        sum += weight * (image[(row * 96 + column) * 3 + channel] ?? 0);
      }
    }
    return Math.round(sum / ((right - left) * (bottom - top)));
  });
}

const isScoreText = (pixel: number): boolean => {
  const [x, y] = [pixel % 96, Math.floor(pixel / 96)];
  return x <= 10 && y >= 86 && y <= 92;
};

// Over 249 recorded observations the mean is 0.065 levels and the worst 0.20.
for (const { name, scene, image } of observations) {
  test(`rgb96 is within a quarter of a level of Gymnasium's observation: ${name}`, () => {
    const { mean, near } = compare(rgb96(scene), image, (pixel) => !isScoreText(pixel));
    assert.ok(mean < 0.25, `mean difference ${mean}`);
    assert.ok(near > 0.985, `${near} of the pixels are within 8 levels`);
  });
}

test("the score text is about as bright as the recorded one", () => {
  for (const { name, scene, image } of observations) {
    const { mean } = compare(rgb96(scene), image, isScoreText);
    assert.ok(mean < 30, `${name}: mean difference ${mean}`);
  }
});

// wm64 is sharper than the reduced recording, which has been averaged twice; hence the wider bar.
for (const { name, scene, image } of observations) {
  test(`wm64 is like the upper 84 rows of Gymnasium's observation, resized: ${name}`, () => {
    const { mean, near } = compare(wm64(scene), resizeToWm64(image), () => true);
    assert.ok(mean < 1.4, `mean difference ${mean}`);
    assert.ok(near > 0.9, `${near} of the pixels are within 8 levels`);
  });
}

test("a scene has the same bytes whatever was painted before, at any offset, by any painter", () => {
  const [first, second] = [observations[4]!.scene, observations[8]!.scene];
  const wanted = wm64(first);
  const out = new Uint8Array(3 * WM_BYTES + 5).fill(7);
  const other = createPainter();
  other.paintRgb96(second, new Uint8Array(RGB_BYTES), 0);
  other.paintWm64(second, out, WM_BYTES);
  other.paintWm64(first, out, WM_BYTES + 5);
  assert.deepEqual(out.slice(WM_BYTES + 5, 2 * WM_BYTES + 5), wanted);
  assert.deepEqual(out.slice(0, WM_BYTES), new Uint8Array(WM_BYTES).fill(7));
  assert.deepEqual(out.slice(2 * WM_BYTES + 5), new Uint8Array(WM_BYTES).fill(7));
});

test("a touched tile is painted in the plain road colour", () => {
  const { scene } = observations.find(({ name }) => name === "coast_seed0, scene 3")!;
  const levels = (touched: number): Set<number> => {
    const image = wm64({ ...scene, touched: scene.touched.map(() => touched) });
    // Grey pixels only: road without its borders.
    const greys = Array.from({ length: 4096 }, (_, i) => image.subarray(i * 3, i * 3 + 3)).filter(
      ([r, g, b]) => r === g && g === b && r! > 90,
    );
    return new Set(greys.map(([r]) => r!));
  };
  assert.deepEqual(levels(1), new Set([100]));
  assert.ok([100, 102, 105].every((level) => levels(0).has(level)));
});

test("a picture for people has car, road and dashboard at any size", () => {
  const { scene } = observations.find(({ name }) => name === "coast_seed0, scene 3")!;
  for (const [width, height] of [
    [600, 400],
    [301, 207],
    [1, 1],
  ] as const) {
    const picture = painter.paintPicture(scene, width, height);
    assert.equal(picture.length, width * height * 3);
  }
  const picture = painter.paintPicture(scene, 600, 400);
  const at = (x: number, y: number): number[] => [
    ...picture.subarray((y * 600 + x) * 3, (y * 600 + x) * 3 + 3),
  ];
  assert.deepEqual(at(300, 300), [204, 0, 0], "hull");
  assert.deepEqual(at(590, 395), [0, 0, 0], "dashboard");
  assert.deepEqual(at(82, 388), [255, 255, 255], "speed");
});

test("a picture that does not fit, or has no size, is refused", () => {
  const { scene } = observations[0]!;
  const refusal = (code: "out-of-range" | "invalid-argument") => (error: unknown) =>
    isDomainError(error, code);
  assert.throws(() => painter.paintWm64(scene, new Uint8Array(WM_BYTES), 1), refusal("out-of-range"));
  assert.throws(() => painter.paintRgb96(scene, new Uint8Array(RGB_BYTES - 1), 0), refusal("out-of-range"));
  assert.throws(() => painter.paintWm64(scene, new Uint8Array(2 * WM_BYTES), -1), refusal("out-of-range"));
  assert.throws(() => painter.paintPicture(scene, 0, 400), refusal("invalid-argument"));
  assert.throws(() => painter.paintPicture(scene, 600, 399.5), refusal("invalid-argument"));
});
