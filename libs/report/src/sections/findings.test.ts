import assert from "node:assert/strict";
import { test } from "node:test";
import type { LossCurve, ReportData, EpisodeScore } from "../report-data.js";
import { findings } from "./findings.js";

const episodes = (count: number, mean: number): EpisodeScore[] =>
  Array.from({ length: count }, (_, i) => ({ seed: i, score: mean + (i % 2 === 0 ? 5 : -5), steps: 1000 }));
const points = (...values: number[]) => values.map((value, i) => ({ step: 10 * i, value }));
const curve = (train: number[], heldOut: number[]): LossCurve => ({
  name: "reconstruction",
  unit: "error",
  train: points(...train),
  heldOut: points(...heldOut),
});
const evaluations = (...means: number[]) =>
  means.map((mean, i) => ({ generation: i, environmentSteps: i, mean, sd: 40, episodes: 16 }));
const pictures = { count: 1, height: 1, width: 1, data: new Uint8Array(3) };

const flawless: ReportData = {
  title: "t",
  run: "r",
  result: {
    scores: episodes(100, 910),
    random: episodes(100, -30),
    target: 900,
    published: { label: "the paper", mean: 906, sd: 21 },
  },
  learning: { generations: [], evaluations: evaluations(100, 800, 905) },
  vision: { losses: [curve([9, 5, 3, 2], [9, 6, 4, 4])] },
  memory: { losses: [curve([4, 5, 6, 7], [4, 5, 6, 7])] },
  dreams: [{ label: "d", stepsApart: 1, real: pictures, dreamed: [] }],
  films: [
    {
      title: "the game",
      label: "f",
      frames: pictures,
      steps: [0],
      rewardSoFar: [0],
      actionNames: [],
      actions: [[]],
      stepsPerSecond: 50,
    },
  ],
};

test("a run with nothing wrong has no findings", () => {
  assert.deepEqual(findings(flawless), []);
});

const flaws: readonly (readonly [string, Partial<ReportData>, RegExp])[] = [
  ["a caller's problem", { problems: ["Stopped early."] }, /^Stopped early\.$/],
  [
    "a mean below the target",
    { result: { scores: episodes(100, 850), random: episodes(9, 0), target: 900 } },
    /850, is below the target of 900; 0 of 100/,
  ],
  [
    "a mean below the published one",
    { result: { ...flawless.result!, scores: episodes(100, 903) } },
    /3 below the paper \(906 ± 21\)/,
  ],
  [
    "few episodes",
    { result: { ...flawless.result!, scores: episodes(16, 910) } },
    /Only 16 episodes were played.*±2\.58/,
  ],
  ["one episode", { result: { ...flawless.result!, scores: episodes(1, 910) } }, /Only 1 episode was played/],
  ["no random policy", { result: { scores: episodes(100, 910) } }, /No random policy/],
  [
    "a policy like a random one",
    { result: { scores: episodes(100, -29), random: episodes(100, -30) } },
    /not clearly better than a random one/,
  ],
  ["an evaluation without episodes", { result: { scores: [] } }, /no episodes/],
  [
    "a dream that promised too much",
    { dreamedReturns: { dream: "dream", dreamed: [2000, 2100, 1900], game: "g", real: [200, 210, 190] } },
    /overrates this controller by 1800/,
  ],
  [
    "a search that got worse",
    { learning: { generations: [], evaluations: evaluations(100, 800, 700) } },
    /700, is clearly below the best one, 800/,
  ],
  [
    "a held-out loss that rose while training fell",
    { vision: { losses: [curve([9, 5, 3, 1], [9, 4, 5, 7])] } },
    /Held-out reconstruction rose after step 10, from 4 to 7/,
  ],
];
for (const [name, change, expected] of flaws) {
  test(`${name} is said, and nothing else`, () => {
    const found = findings({ ...flawless, ...change });
    assert.equal(found.length, 1, found.join("\n"));
    assert.match(found[0]!, expected);
  });
}

test("a run that recorded nothing says so, and that nobody knows how well it plays", () => {
  assert.deepEqual(findings({ title: "t", run: "r" }), [
    "This run has no evaluation: nothing here says how well it plays.",
    "Not recorded in this run: the evolution of C, the training of V, the training of M, dreams, a film.",
  ]);
});

for (const [what, dreamed] of [
  ["less than the game gave", [20, 21, 19]],
  ["what the game gave, but for chance", [190, 240, 205]],
] as const) {
  test(`a dream that promised ${what} is not a finding`, () => {
    const dreamedReturns = { dream: "dream", dreamed, game: "g", real: [200, 210, 190] };
    assert.deepEqual(findings({ ...flawless, dreamedReturns }), []);
  });
}

test("a last evaluation that is worse by chance alone is not a finding", () => {
  const learning = { generations: [], evaluations: evaluations(100, 800, 790) };
  assert.deepEqual(findings({ ...flawless, learning }), []);
});

test("a last evaluation that is the best one has not got worse, though its episodes are all alike", () => {
  const alike = evaluations(60, 60).map((each) => ({ ...each, sd: 0 }));
  assert.deepEqual(findings({ ...flawless, learning: { generations: [], evaluations: alike } }), []);
});
