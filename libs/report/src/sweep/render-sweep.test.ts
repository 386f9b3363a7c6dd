import assert from "node:assert/strict";
import { test } from "node:test";
import { renderSweep } from "./render-sweep.js";
import type { SweepData, SweepDataRow } from "./sweep-data.js";
import { sweepRow } from "./sweep-row.test-data.js";

const TEMPERATURE = "evolve.env.temperature";
const at = (temperature: number, given: Parameters<typeof sweepRow>[0] = {}): SweepDataRow => ({
  ...sweepRow({ settings: { [TEMPERATURE]: temperature }, ...given }),
  report: `points/temperature-${temperature}/report.html`,
});
const data = (given: Partial<SweepData> = {}): SweepData => ({
  title: "take-cover, preset quick: a sweep",
  axes: [TEMPERATURE],
  points: 3,
  rows: [at(0.1), at(1), at(1.3)],
  command: "worldmodels sweep take-cover",
  ...given,
});
const failed: SweepDataRow = {
  ...{ point: "b", settings: { [TEMPERATURE]: 2 }, seed: 0, command: "worldmodels train", report: "r.html" },
  error: "evaluate: <no disk>",
};

test("reality and the dream have a line and bars each, and the random policy a guide", () => {
  const page = renderSweep(data());
  assert.equal(page.match(/<path\s+class="line c1"/g)?.length, 1);
  assert.equal(page.match(/<path\s+class="line c2"/g)?.length, 1);
  assert.equal(page.match(/<circle/g)?.length, 6);
  assert.match(page, /random policy 290/);
  assert.match(page, /real, temperature 0\.1: 600\.0 ± 56\.8 \(95 % interval over 50 episodes\)/);
  assert.match(page, /over the episodes of one run/);
});

test("with several seeds the bars are over seeds, and there is a table of them", () => {
  const rows = [at(0.1, { realMean: 500 }), at(0.1, { seed: 1, realMean: 700 })];
  const page = renderSweep(data({ rows, points: 4 }));
  assert.match(page, /real, temperature 0\.1: 600\.0 ± 1270\.6 \(95 % interval over 2 seeds\)/);
  assert.match(page, /over runs of different seeds/);
  assert.match(page, /Over the seeds/);
  assert.match(page, /2 of 4 points have not run yet/);
  assert.doesNotMatch(renderSweep(data()), /Over the seeds/);
});

test("each value of another setting has a line, in as many charts as it takes to tell them apart", () => {
  const hidden = Array.from({ length: 6 }, (_, k) => 2 ** k);
  const rows = [0.1, 1].flatMap((temperature) =>
    hidden.map((units) =>
      at(temperature, { settings: { [TEMPERATURE]: temperature, "mdn_rnn.hidden": units } }),
    ),
  );
  const page = renderSweep(data({ axes: [TEMPERATURE, "mdn_rnn.hidden"], rows, points: 12 }));
  for (const units of hidden) assert.match(page, new RegExp(`hidden ${units}, dream \\(dashed\\)`));
  assert.equal(page.match(/aria-label="Mean score against evolve\.env\.temperature"/g)?.length, 2);
  assert.equal(page.match(/aria-label="Mean score against mdn_rnn\.hidden"/g)?.length, 1);
});

test("a failed point has its sentence in the place of figures, escaped, and no link", () => {
  const page = renderSweep(data({ rows: [at(0.1), failed] }));
  assert.match(page, /<td class="text below" colspan="7">evaluate: &#60;no disk&#62;<\/td>/);
  assert.match(page, /href="points\/temperature-0\.1\/report\.html"/);
  assert.doesNotMatch(page, /href="r\.html"/);
});

test("a sweep of failures, of words, or of nothing yet has its table and no chart", () => {
  const words = { ...at(1), settings: { "controller.features": "z" } };
  for (const given of [{ rows: [failed] }, { axes: ["controller.features"], rows: [words] }, { rows: [] }]) {
    const page = renderSweep(data(given));
    assert.doesNotMatch(page, /<svg/);
    assert.match(page, /Every point/);
  }
});

test("the page asks nothing of any network", () => {
  assert.doesNotMatch(renderSweep(data()), /(src|href)="http|url\(|@import/);
});
