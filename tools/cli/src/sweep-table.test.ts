import { parseSweepAxes, planSweep } from "@worldmodels/pipeline";
import type { SweepRow } from "@worldmodels/pipeline";
import assert from "node:assert/strict";
import { test } from "node:test";
import { createSweepTable } from "./sweep-table.js";

const axes = parseSweepAxes(["vae.latent=8,16"]);
const points = planSweep({ task: "take-cover", preset: "smoke", axes, seeds: [12n] });
const head = { point: "latent-8", settings: { "vae.latent": 8 }, seed: 12, command: "worldmodels train" };
const figures = {
  ...{ dreamMean: 1512.34, dreamSd: 301.2, realMean: 290, realSd: 0, randomMean: 280.25 },
  ...{ episodes: 50, firstSeed: 1, environmentSteps: 1000, wallSeconds: 605 },
};

const expected: readonly (readonly [what: string, row: SweepRow, line: string])[] = [
  [
    "a point has its figures under their headings",
    { ...head, ...figures },
    "         8     12       290.0 ± 0.0    1512.3 ± 301.2      280.3    10 min 05 s",
  ],
  [
    "a point that was not played in a dream has a hyphen there",
    { ...head, ...figures, dreamMean: null, dreamSd: null },
    "         8     12       290.0 ± 0.0                 -      280.3    10 min 05 s",
  ],
  [
    "a failed point has its sentence",
    { ...head, error: "evolve: no such dream" },
    "         8     12   failed: evolve: no such dream",
  ],
];
for (const [what, row, line] of expected) {
  test(what, () => {
    const table = createSweepTable(points);
    assert.equal(
      table.heading,
      "vae.latent   seed         real ± sd        dream ± sd     random           time",
    );
    assert.equal(table.formatRow(row), line);
  });
}
