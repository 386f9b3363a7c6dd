import type { SweepFigures, SweepRowHead } from "./sweep-data.js";

/** A row of a sweep with some figures; those that matter to a test are given. */
export function sweepRow(given: Partial<SweepRowHead & SweepFigures>): SweepRowHead & SweepFigures {
  return {
    point: "a-point",
    settings: {},
    seed: 0,
    command: "worldmodels train take-cover",
    dreamMean: 900,
    dreamSd: 300,
    realMean: 600,
    realSd: 200,
    randomMean: 290,
    episodes: 50,
    firstSeed: 7,
    environmentSteps: 3_000_000,
    wallSeconds: 900,
    ...given,
  };
}
