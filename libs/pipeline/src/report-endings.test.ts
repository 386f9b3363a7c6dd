import assert from "node:assert/strict";
import { test } from "node:test";
import type { LatentEpisode } from "@worldmodels/episodes";
import type { EndingsData } from "@worldmodels/report";
import { countedEpisode } from "./counted-episode.test-helper.js";
import { createEndingsMeasure } from "./report-endings.js";

const sigmoid = (logit: number) => 1 / (1 + Math.exp(-logit));

/** What is measured of an M that gives these logits. */
function judge(
  episodes: readonly LatentEpisode[],
  logitOf: (episode: LatentEpisode, step: number) => number,
): EndingsData | string {
  const measure = createEndingsMeasure(episodes);
  const none = new Float32Array();
  episodes.forEach((episode, index) => {
    episode.rewards.forEach((_, step) => {
      measure.onStep({
        episode: index,
        step,
        row: 1,
        prediction: {
          hidden: none,
          cell: none,
          mixture: { logits: none, mean: none, logStd: none },
          reward: undefined,
          terminatedLogit: Float32Array.of(NaN, logitOf(episode, step)),
        },
      });
    });
  });
  return measure.finish();
}

const toGo = (episode: LatentEpisode, step: number) => episode.rewards.length - 1 - step;
const episodes = [
  countedEpisode(0, 100, true),
  countedEpisode(1, 90, true),
  countedEpisode(2, 30, true),
  countedEpisode(3, 70, false),
];

test("an M that foresees every end has the area 1, and is sure of them alone", () => {
  const found = judge(episodes, (episode, step) => (episode.terminated[step] === 1 ? 5 : -5)) as EndingsData;
  assert.deepEqual(
    { episodes: found.episodes, steps: found.steps, ends: found.ends, area: found.areaUnderRoc },
    { episodes: 4, steps: 290, ends: 3, area: 1 },
  );
  assert.deepEqual(found.roc, [
    { falsePositiveRate: 0, truePositiveRate: 0 },
    { falsePositiveRate: 0, truePositiveRate: 1 },
    { falsePositiveRate: 1, truePositiveRate: 1 },
  ]);
  assert.equal(found.approach.at(-1)!.stepsBefore, 0);
  assert.ok(Math.abs(found.approach.at(-1)!.median - sigmoid(5)) < 1e-6);
  assert.ok(Math.abs(found.approach.at(-2)!.median - sigmoid(-5)) < 1e-6);
  assert.ok(Math.abs(found.elsewhere! - sigmoid(-5)) < 1e-6);
});

test("an M that says the same at all times knows nothing", () => {
  assert.equal((judge(episodes, () => 2) as EndingsData).areaUnderRoc, 0.5);
});

test("predictions are aligned at the ends, over the episodes that had one", () => {
  const found = judge(episodes, (episode, step) => -toGo(episode, step) / 10) as EndingsData;
  assert.deepEqual(
    found.approach.map(({ stepsBefore }) => stepsBefore),
    Array.from({ length: 60 }, (_, k) => 59 - k),
  );
  for (const { stepsBefore, lower, median, upper } of found.approach) {
    for (const value of [lower, median, upper])
      assert.ok(Math.abs(value - sigmoid(-stepsBefore / 10)) < 1e-6);
  }
});

test("elsewhere is what lies further from an end, and an episode that had none", () => {
  const found = judge(episodes, (episode, step) =>
    episode.terminated.at(-1) === 0 ? 1 : toGo(episode, step) >= 60 ? 0 : 9,
  ) as EndingsData;
  assert.ok(Math.abs(found.elsewhere! - (70 * sigmoid(1) + (40 + 30) * 0.5) / 140) < 1e-6);
  const near = judge([countedEpisode(0, 50, true)], () => 0) as EndingsData;
  assert.equal("elsewhere" in near, false);
});

test("where most episodes have not begun yet, nothing is said of the few that have", () => {
  const found = judge(
    [countedEpisode(0, 60, true), countedEpisode(1, 20, true), countedEpisode(2, 10, true)],
    () => 0,
  ) as EndingsData;
  assert.equal(found.approach[0]!.stepsBefore, 19, "two of three have 20 steps, one of three has 21");
});

test("a curve of many thresholds is thinned, and keeps its ends", () => {
  const many = Array.from({ length: 1500 }, (_, k) => countedEpisode(k, 2, true));
  const found = judge(many, (episode, step) => Math.sin(Number(episode.seed) * 7 + step * 3)) as EndingsData;
  assert.ok(found.roc.length <= 401 && found.roc.length > 200, String(found.roc.length));
  assert.deepEqual(found.roc[0], { falsePositiveRate: 0, truePositiveRate: 0 });
  assert.deepEqual(found.roc.at(-1), { falsePositiveRate: 1, truePositiveRate: 1 });
});

test("episodes of which none was terminated are a sentence", () => {
  const found = judge([countedEpisode(0, 10, false)], () => 0);
  assert.match(found as string, /None of the held-out episodes was terminated/);
});
