import assert from "node:assert/strict";
import { test } from "node:test";
import { fittedSize, shownAction } from "./report-film.js";

for (const [given, width, height] of [
  [[640, 480], 192, 144],
  [[600, 400], 192, 128],
  [[160, 120], 160, 120],
  [[160, 210], 146, 192],
  [[64, 64], 64, 64],
] as const) {
  test(`pictures of ${given.join(" x ")} are taken at ${width} x ${height}`, () => {
    assert.deepEqual(fittedSize(given), { width, height });
  });
}

test("numbers of an action are shown as they are, or as shares where their bounds are wider", () => {
  const action = { type: "BOX", size: 2, low: [-1, -4], high: [1, 2], names: ["a", "b"] } as const;
  assert.deepEqual(shownAction(action, [-0.5, 2]), [-0.5, 0.5]);
});

test("a discrete action is shown by the bar of what was chosen", () => {
  const action = { type: "DISCRETE", count: 3, names: ["none", "left", "right"] } as const;
  assert.deepEqual(shownAction(action, [1]), [0, 1, 0]);
});
