import assert from "node:assert/strict";
import { test } from "node:test";
import { isDomainError } from "@worldmodels/errors";
import { createRng } from "@worldmodels/rng";
import { areaUnderRoc, rocCurve } from "./area-under-roc.js";

const byHand: readonly { scores: number[]; labels: number[]; area: number; says: string }[] = [
  { scores: [1, 2, 3, 4], labels: [0, 0, 1, 1], area: 1, says: "every positive above every negative is 1" },
  { scores: [4, 3, 2, 1], labels: [0, 0, 1, 1], area: 0, says: "every positive below every negative is 0" },
  { scores: [7, 7, 7, 7, 7], labels: [1, 0, 0, 1, 0], area: 0.5, says: "equal scores tell nothing" },
  // Pairs: 0.35 loses to 0.4 and beats 0.1; 0.8 beats both.
  { scores: [0.1, 0.4, 0.35, 0.8], labels: [0, 0, 1, 1], area: 0.75, says: "three of four pairs in order" },
  // Pairs of 2 with 1, 2, 3: won, tied, lost; of 3: won, won, tied.
  { scores: [1, 2, 3, 2, 3], labels: [0, 0, 0, 1, 1], area: 4 / 6, says: "a tied pair counts half" },
  { scores: [-Infinity, 0, Infinity], labels: [0, 1, 1], area: 1, says: "infinite scores have a rank" },
];
for (const { scores, labels, area, says } of byHand) {
  test(`area under the ROC curve: ${says}`, () => {
    assert.equal(areaUnderRoc(scores, labels), area);
  });
}

/** 400 scores on a grid of 12, so that most are tied, labelled so that they tell something. */
function tiedSample() {
  const rng = createRng(7n);
  const scores = Float32Array.from({ length: 400 }, () => Math.floor(rng.random() * 12) - 5);
  const labels = Uint8Array.from(scores, (score) => (rng.random() < (score + 6) / 14 ? 1 : 0));
  return { scores, labels };
}

test("area under the ROC curve is the share of pairs in order, ties half, counted pair by pair", () => {
  const { scores, labels } = tiedSample();
  let won = 0;
  let pairs = 0;
  scores.forEach((positive, i) => {
    scores.forEach((negative, j) => {
      if (labels[i] !== 1 || labels[j] !== 0) return;
      pairs++;
      won += positive > negative ? 1 : positive === negative ? 0.5 : 0;
    });
  });
  assert.ok(Math.abs(areaUnderRoc(scores, labels)! - won / pairs) < 1e-12);
});

test("the trapezoids below the ROC curve have the area that the rank sums give", () => {
  const { scores, labels } = tiedSample();
  const points = rocCurve(scores, labels);
  assert.equal(points.length, 13, "a point per different score, and the origin");
  assert.deepEqual(points[0], { falsePositiveRate: 0, truePositiveRate: 0 });
  assert.deepEqual(points.at(-1), { falsePositiveRate: 1, truePositiveRate: 1 });
  let area = 0;
  for (let k = 1; k < points.length; k++) {
    const [before, after] = [points[k - 1]!, points[k]!];
    assert.ok(after.falsePositiveRate >= before.falsePositiveRate);
    assert.ok(after.truePositiveRate >= before.truePositiveRate);
    area +=
      ((after.falsePositiveRate - before.falsePositiveRate) *
        (after.truePositiveRate + before.truePositiveRate)) /
      2;
  }
  assert.ok(Math.abs(area - areaUnderRoc(scores, labels)!) < 1e-12);
});

test("a monotone change of the scores changes no area, and turning them round gives the rest to 1", () => {
  const { scores, labels } = tiedSample();
  const area = areaUnderRoc(scores, labels)!;
  const squashed = Float64Array.from(scores, (score) => 1 / (1 + Math.exp(-score)));
  assert.equal(areaUnderRoc(squashed, labels), area);
  const turned = scores.map((score) => -score);
  assert.ok(Math.abs(areaUnderRoc(turned, labels)! + area - 1) < 1e-12);
});

test("without positives, without negatives or without scores there is no curve and no area", () => {
  for (const labels of [[0, 0], [1, 1], []]) {
    const scores = labels.map((_, index) => index);
    assert.equal(areaUnderRoc(scores, labels), undefined);
    assert.deepEqual(rocCurve(scores, labels), []);
  }
});

for (const [scores, labels, says] of [
  [[1, 2], [1], /2 scores were given for 1 labels/],
  [[1, NaN], [1, 0], /scores\[1\] is NaN/],
] as const) {
  test(`area under the ROC curve refuses what ${String(says)} says`, () => {
    const isRefusal = (error: unknown) =>
      isDomainError(error, "invalid-argument") && says.test((error as Error).message);
    assert.throws(() => areaUnderRoc(scores, labels), isRefusal);
    assert.throws(() => rocCurve(scores, labels), isRefusal);
  });
}
