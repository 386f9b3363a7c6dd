import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { preparePython } from "./prepare-python.js";

const PYTHON = fileURLToPath(new URL("../python", import.meta.url));

/** Bytes that look random, the same each time. */
function noise(length: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length }, () => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) >>> 24);
}

/** Exact mean of the area under each pixel, in whole numbers, rounded half up: written again, pixel by pixel. */
function areaMean(
  source: Uint8Array,
  height: number,
  width: number,
  rows: number,
  columns: number,
): Uint8Array {
  const out = new Uint8Array(rows * columns * 3);
  const overlap = (a: number, b: number, i: number, j: number): number =>
    Math.max(0, Math.min((i + 1) * a, (j + 1) * b) - Math.max(i * a, j * b));
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        for (let v = Math.floor((y * height) / rows); v < Math.min(height, ((y + 1) * height) / rows); v++) {
          for (
            let u = Math.floor((x * width) / columns);
            u < Math.min(width, ((x + 1) * width) / columns);
            u++
          ) {
            const weight = overlap(height, rows, y, v) * overlap(width, columns, x, u);
            sum += weight * (source[(v * width + u) * 3 + channel] ?? 0);
          }
        }
        out[(y * columns + x) * 3 + channel] = Math.floor((2 * sum + height * width) / (2 * height * width));
      }
    }
  }
  return out;
}

const sizes: readonly (readonly [height: number, width: number, rows: number, columns: number])[] = [
  [100, 160, 64, 64],
  [200, 320, 64, 64],
  [400, 640, 64, 64],
  [84, 96, 64, 64],
  [250, 401, 64, 64],
  [30, 40, 64, 64],
  [120, 160, 50, 300],
];
for (const [height, width, rows, columns] of sizes) {
  test(`${width}x${height} to ${columns}x${rows} is the exact mean of the area under each pixel`, async () => {
    const { executable } = await preparePython("gymnasium");
    const script = [
      "import sys; sys.path.insert(0, sys.argv[1])",
      "import numpy as np; from worldmodels_env.area import AreaResize",
      "height, width, rows, columns = map(int, sys.argv[2:])",
      "out = np.empty((rows, columns, 3), np.uint8)",
      "source = np.frombuffer(sys.stdin.buffer.read(), np.uint8).reshape(height, width, 3)",
      "AreaResize(height, width, rows, columns)(source, out); sys.stdout.buffer.write(out.tobytes())",
    ].join("\n");
    const source = noise(height * width * 3);
    const args = [height, width, rows, columns].map(String);
    const out = execFileSync(executable, ["-I", "-B", "-c", script, PYTHON, ...args], {
      input: source,
      maxBuffer: 2 ** 24,
    });
    assert.deepEqual(new Uint8Array(out), areaMean(source, height, width, rows, columns));
  });
}
