import assert from "node:assert/strict";
import { test } from "node:test";
import { createProgressMeter } from "./progress-meter.js";

/** Feeds `done` counts, one a second, to a meter of 1000 steps. */
function feed(counts: readonly number[]) {
  const meter = createProgressMeter();
  return counts.map((done, second) => meter.update(second * 1000, done, 1000, "steps", {}));
}

test("a steady speed gives its rate and the time left", () => {
  const last = feed([0, 10, 20, 30]).at(-1);
  assert.equal(last?.ratePerSecond, 10);
  assert.equal(last.secondsLeft, 97);
});

test("the first update has no rate, and standing still at the beginning gives none either", () => {
  for (const { ratePerSecond, secondsLeft } of feed([0, 0, 0])) {
    assert.deepEqual([ratePerSecond, secondsLeft], [undefined, undefined]);
  }
});

test("what a resumed job had done before does not count as speed", () => {
  assert.equal(feed([900, 910])[1]?.ratePerSecond, 10);
});

test("a change of speed shows by two thirds after 8 seconds", () => {
  const counts = [0, 10, 20, ...Array.from({ length: 8 }, (_, i) => 20 + 30 * (i + 1))];
  const rate = feed(counts).at(-1)?.ratePerSecond ?? 0;
  assert.ok(Math.abs(rate - (30 - 20 * Math.exp(-1))) < 1e-9, `${rate}`);
});

test("a count that goes back, as after a death, does not make a negative rate", () => {
  assert.equal(feed([0, 50, 100, 20, 70]).at(-1)?.ratePerSecond, 50);
});

test("another unit is another count: what moved before is no speed of it", () => {
  const meter = createProgressMeter();
  meter.update(0, 0, 100, "MiB", {});
  meter.update(1000, 90, 100, "MiB", {});
  assert.equal(meter.update(2000, 500, 1000, "steps", {}).ratePerSecond, undefined);
  assert.equal(meter.update(3000, 510, 1000, "steps", {}).ratePerSecond, 10);
});

test("nothing is left when all is done", () => {
  assert.equal(feed([0, 500, 1000]).at(-1)?.secondsLeft, 0);
});
