import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isDomainError } from "@worldmodels/errors";
import { renderReport } from "./render-report.js";
import type { FilmData, Pictures, ReportData } from "./report-data.js";

function pictures(count: number, side = 8, seed = 1): Pictures {
  const data = Uint8Array.from({ length: count * side * side * 3 }, (_, i) => (i * seed * 31) % 256);
  return { count, height: side, width: side, data };
}

function film(frames: Pictures): FilmData {
  const each = <T>(make: (i: number) => T) => Array.from({ length: frames.count }, (_, i) => make(i));
  return {
    title: "the game",
    label: "Episode 3",
    frames,
    steps: each((i) => i),
    rewardSoFar: each((i) => i / 2),
    actionNames: ["steering", "gas", "brake"],
    actions: each((i) => [Math.sin(i), 1, 0]),
    stepsPerSecond: 50,
  };
}

function quartilesAround(median: number) {
  return { lower: median - 0.05, median, upper: median + 0.05 };
}

const losses = [
  {
    name: "reconstruction",
    unit: "squared error per frame",
    train: [1, 2, 3].map((step) => ({ step, value: 10 / step })),
    heldOut: [1, 3].map((step) => ({ step, value: 12 / step })),
  },
];
const full: ReportData = {
  title: "CarRacing-v3, preset quick",
  run: "runs/first",
  finishedAt: "2026-11-23 19:30 UTC",
  result: {
    scores: [812.4, 931, 640.2].map((score, i) => ({
      seed: 100 + i,
      score,
      steps: 1000,
      ending: "time over",
    })),
    random: [-30, -35, -20].map((score, i) => ({ seed: 100 + i, score, steps: 1000 })),
    target: 900,
    published: { label: "Ha & Schmidhuber 2018", mean: 906, sd: 21 },
  },
  learning: {
    generations: [1, 2, 3].map((generation) => ({
      generation,
      environmentSteps: generation * 64_000,
      lowest: -50,
      mean: 100 * generation,
      highest: 300 * generation,
      sigma: 0.05,
      phase: generation < 3 ? "explore" : "refine",
    })),
    evaluations: [{ generation: 2, environmentSteps: 128_000, mean: 540, sd: 80, episodes: 16 }],
  },
  vision: { losses, frames: pictures(3), reconstructions: pictures(3, 8, 2) },
  memory: { losses },
  dreams: [
    {
      label: "track 7, step 240",
      stepsApart: 8,
      real: pictures(4),
      dreamed: [0.5, 1, 1.3].map((temperature) => ({ temperature, pictures: pictures(4, 8, 3) })),
    },
  ],
  films: [film(pictures(40)), { ...film(pictures(20, 6)), title: "the dream", label: "Dream 5" }],
  dreamedReturns: {
    dream: "dream?temperature=0.1",
    dreamed: [2000, 2100, 1900, 2000],
    game: "vizdoom:TakeCover",
    real: [210, 190, 180, 220],
  },
  parting: {
    moments: 64,
    episodes: 5,
    temperature: 1.15,
    activeDims: 21,
    latentDim: 32,
    dreamed: [0.2, 0.5, 0.9].map(quartilesAround),
    still: [0.3, 0.6, 0.8].map(quartilesAround),
    unrelated: quartilesAround(0.85),
  },
  endings: {
    episodes: 12,
    steps: 4000,
    ends: 10,
    areaUnderRoc: 0.9423,
    roc: [
      { falsePositiveRate: 0, truePositiveRate: 0 },
      { falsePositiveRate: 0.1, truePositiveRate: 0.9 },
      { falsePositiveRate: 1, truePositiveRate: 1 },
    ],
    approach: [2, 1, 0].map((stepsBefore) => ({ stepsBefore, ...quartilesAround(0.8 - stepsBefore / 10) })),
    elsewhere: 0.03,
  },
  timings: [
    { stage: "collect", seconds: 75 },
    { stage: "evolve C", seconds: 4000, note: "reused" },
  ],
  settings: [{ key: "evolve.population", value: 64, origin: "given", doc: "Candidates of a generation" }],
  environment: { node: "20.20.2", backend: "tfjs-node" },
  seeds: { root: "42" },
  reproduce: ["worldmodels train CarRacing-v3 --seed 42"],
  problems: ["Two workers died and were replaced."],
};

describe("a full report", () => {
  const text = renderReport(full);

  const said: readonly (readonly [string, RegExp])[] = [
    ["the mean and deviation in the headline", /<b>795<\/b>\s*<span>± 146<\/span>/],
    ["the random policy beside it", /<b>−28\.3<\/b>\s*<span>± 7\.6<\/span>/],
    ["the published result", /<b>906<\/b>\s*<span>± 21<\/span>\s*<p>Ha &#38; Schmidhuber 2018/],
    ["the problems that the caller knows", /<li>Two workers died and were replaced\.<\/li>/],
    ["the findings of its own", /1 of 3 episodes reach it/],
    ["each track's score", /<td>101<\/td>\s*<td class="reached">931\.0<\/td>/],
    ["the best evaluation", /540 at generation 2/],
    [
      "a generation's numbers on hover",
      /generation 3, 192 k steps: population −50 to 900, mean 300, sigma 0\.05/,
    ],
    ["the change of phase", />refine</],
    ["an evaluation's numbers on hover", /after generation 2: 540 ± 80 over 16 episodes/],
    [
      "both films, each with its own return and actions",
      /The game beside the dream[\s\S]*0-reward[\s\S]*1-reward/,
    ],
    ["what the dream promised and the game gave", /2000 ± 81\.6[\s\S]*200 ± 18\.3/],
    ["by how much the dream overrates", /overrates this controller by 1800, 900 % of the game&#39;s mean/],
    [
      "from when on the dream is lost",
      /nearer to the game than the last frame seen at 2 of 3 steps, first after 1/,
    ],
    [
      "how far dream and game are apart",
      /after 3: dream 0\.9000 \(0\.8500 to 0\.9500\); z as it was 0\.8000/,
    ],
    ["the area under the ROC curve", /<dd>0\.942<\/dd>/],
    ["what M thinks before an end", /1 steps before: 0\.7000 \(0\.6500 to 0\.7500\)/],
    ["the temperatures of the dreams", /τ = 0\.5<[\s\S]*τ = 1\.0<[\s\S]*τ = 1\.3</],
    ["the actions' names", /steering[\s\S]*gas[\s\S]*brake/],
    ["the time of each stage and in all", /1 h 7 min[\s\S]*reused[\s\S]*1 h 8 min/],
    ["settings, those that were given marked", /<tr class="given">[\s\S]*evolve\.population[\s\S]*64/],
    ["the command that makes it again", /worldmodels train CarRacing-v3 --seed 42/],
    ["the seeds and the backend", /root[\s\S]*42[\s\S]*backend[\s\S]*tfjs-node/],
  ];
  for (const [what, pattern] of said) test(`says ${what}`, () => assert.match(text, pattern));

  test("asks nothing of any network", () => {
    const addresses = [...text.matchAll(/\b(?:src|href|action|poster|data|srcset)\s*=\s*"([^"]*)"/g)].map(
      ([, to]) => to!,
    );
    assert.ok(addresses.length > 10);
    for (const address of addresses) assert.match(address, /^(#[a-z-]+|data:.*)$/);
    assert.doesNotMatch(text, /url\(|@import|<iframe|<link(?![^>]*href="data:,")/);
    assert.doesNotMatch(text, /\b(fetch|XMLHttpRequest|WebSocket|EventSource|import)\b\s*\(/);
    assert.doesNotMatch(text, /https?:\/\//);
  });

  test("names each section once, and every anchor leads to one", () => {
    const sections = [...text.matchAll(/<section id="([^"]*)"/g)].map(([, id]) => id!);
    const anchors = [...text.matchAll(/href="#([^"]*)"/g)].map(([, id]) => id!);
    assert.equal(sections.length, 12);
    assert.deepEqual(anchors, sections);
    assert.equal(new Set(sections).size, 12);
  });

  test("closes every element that it opens, in order", () => {
    assertWellNested(text);
  });

  test("has no undefined, NaN or object in what is read", () => {
    const read = text.replace(/<(script|style)[\s\S]*?<\/\1>/g, "").replace(/data:image[^"]*/g, "");
    assert.doesNotMatch(read, /undefined|NaN|\[object/);
  });

  test("is the same for the same data", () => assert.equal(renderReport(full), text));
});

describe("missing parts", () => {
  const optional = Object.keys(full).filter((key) => key !== "title" && key !== "run");
  for (const key of optional) {
    test(`a run without ${key} has a report`, () => {
      const { [key as keyof ReportData]: _, ...rest } = full;
      const text = renderReport(rest as ReportData);
      assertWellNested(text);
      assert.doesNotMatch(text.replace(/<script[\s\S]*?<\/script>/g, ""), /undefined/);
    });
  }

  test("a run that has only a name says what is missing", () => {
    const text = renderReport({ title: "An empty run", run: "runs/0" });
    assertWellNested(text);
    assert.match(text, /no evaluation/);
    assert.doesNotMatch(text, /<section/);
  });

  test("empty lists are not an error", () => {
    const text = renderReport({
      title: "t",
      run: "r",
      result: { scores: [] },
      learning: { generations: [], evaluations: [] },
      vision: { losses: [] },
      memory: { losses: [{ name: "mixture", unit: "nats", train: [] }] },
      dreams: [],
      films: [],
      dreamedReturns: { dream: "dream", dreamed: [], game: "g", real: [] },
      timings: [],
      settings: [],
    });
    assertWellNested(text);
    assert.match(text, /nothing to draw/);
  });
});

test("every text of the data is escaped, wherever it goes", () => {
  const evil = `</script></style>"'><img src=x onerror=alert(1)>`;
  const poisoned = JSON.parse(
    JSON.stringify(full, (key, value: unknown) =>
      key === "frames" ||
      key === "real" ||
      key === "pictures" ||
      key === "reconstructions" ||
      key === "origin"
        ? undefined
        : typeof value === "string"
          ? evil
          : value,
    ),
  ) as ReportData;
  const text = renderReport({
    ...poisoned,
    vision: full.vision!,
    dreamedReturns: { ...full.dreamedReturns!, dream: evil, game: evil },
    dreams: full.dreams!.map((dream) => ({ ...dream, label: evil })),
    films: full.films!.map((each) => ({
      ...each,
      title: evil,
      label: evil,
      actionNames: [evil, evil, evil],
    })),
    seeds: { [evil]: evil },
    environment: { [evil]: evil },
  });
  assert.ok(text.includes("&#60;img src=x onerror=alert(1)&#62;"));
  assert.ok(!text.includes("<img src=x"));
  assertWellNested(text);
});

describe("size", () => {
  test("frames of noise are thinned to under 6 MB, and the report says so", () => {
    const frames = noise(pictures(400, 64));
    const text = renderReport({ ...full, films: [film(frames)] });
    assert.ok(text.length < 6e6, `${text.length} characters`);
    assert.match(text, /every second frame given is shown/);
    const [shown] = filmDataOf(text).films;
    assert.deepEqual(shown!.steps.slice(0, 3), [0, 2, 4]);
    assert.deepEqual(shown!.rewards.slice(0, 3), [0, 1, 2]);
  });

  test("two films share the room", () => {
    const frames = noise(pictures(200, 64));
    const text = renderReport({ ...full, films: [film(frames), film(frames)] });
    assert.ok(text.length < 6e6, `${text.length} characters`);
    assert.deepEqual(
      filmDataOf(text).films.map(({ steps }) => steps.slice(0, 3)),
      [
        [0, 2, 4],
        [0, 2, 4],
      ],
    );
  });

  test("a film that is small leaves its share to the other", () => {
    const [small, large] = [film(pictures(5)), film(noise(pictures(200, 64)))];
    for (const films of [
      [small, large],
      [large, small],
    ]) {
      const shown = filmDataOf(renderReport({ ...full, films })).films.map(({ steps }) => steps.length);
      assert.deepEqual(
        [...shown].sort((a, b) => a - b),
        [5, 200],
      );
    }
  });

  test("a long training does not make a long file", () => {
    const train = Array.from({ length: 200_000 }, (_, step) => ({ step, value: 1 / (step + 1) }));
    const text = renderReport({
      title: "t",
      run: "r",
      vision: { losses: [{ name: "loss", unit: "nats", train }] },
    });
    assert.ok(text.length < 100_000, `${text.length} characters`);
  });
});

describe("mistakes", () => {
  const wrong: readonly (readonly [string, Partial<ReportData>])[] = [
    [
      "reconstructions that are not as many as the frames",
      { vision: { losses, frames: pictures(3), reconstructions: pictures(2) } },
    ],
    ["pictures of another length than their shape", { films: [film({ ...pictures(4), width: 9 })] }],
    ["a film without its rewards", { films: [{ ...film(pictures(4)), rewardSoFar: [1] }] }],
    ["a film with too few actions", { films: [{ ...film(pictures(4)), actionNames: ["steering"] }] }],
  ];
  for (const [name, change] of wrong) {
    test(`${name} are refused`, () => {
      assert.throws(
        () => renderReport({ ...full, ...change }),
        (error) => isDomainError(error, "invalid-argument"),
      );
    });
  }
});

/** Fills pictures with what no PNG can make smaller. */
function noise(frames: Pictures): Pictures {
  let state = 1;
  for (let i = 0; i < frames.data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    frames.data[i] = state >>> 24;
  }
  return frames;
}

function filmDataOf(text: string) {
  return JSON.parse(/id="film-data">([\s\S]*?)<\/script>/.exec(text)![1]!) as {
    films: { steps: number[]; rewards: number[] }[];
  };
}

/** A strict reading of the tags: enough to find a text that broke out of its place. */
function assertWellNested(text: string): void {
  const bare = text.replace(/<(script|style)\b[^>]*>[\s\S]*?<\/\1>/g, "");
  const open: string[] = [];
  for (const [tag, slash, name, selfClosing] of bare.matchAll(
    /<(\/?)([a-zA-Z][\w-]*)(?:\s[^<>]*?)?(\/?)>/g,
  )) {
    if (slash === "/") assert.equal(open.pop(), name, tag);
    else if (selfClosing !== "/" && !["meta", "link", "img", "input", "br"].includes(name!)) open.push(name!);
  }
  assert.deepEqual(open, []);
}
