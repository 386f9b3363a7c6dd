import assert from "node:assert/strict";
import { test } from "node:test";
import { cmaParameters, defaultPopulationSize } from "./parameters.js";

test("the default population is pycma's: 24 for the paper's 867 parameters", () => {
  assert.deepEqual([2, 10, 867].map(defaultPopulationSize), [6, 10, 24]);
});

test("at 867 parameters and 64 candidates a full covariance learns 4.4e-5 per generation, a diagonal one 380 times that", () => {
  const rate = (covariance: "full" | "diagonal") => {
    const { c1, cmu } = cmaParameters({ dimension: 867, populationSize: 64, covariance, active: true });
    return c1 + cmu;
  };
  assert.ok(Math.abs(rate("full") - 4.4e-5) < 0.1e-5);
  assert.equal(Math.round(rate("diagonal") / rate("full") / 10), 38);
});

for (const covariance of ["full", "diagonal"] as const) {
  for (const [dimension, populationSize] of [
    [2, 4],
    [5, 8],
    [12, 11],
    [20, 200],
    [867, 64],
  ] as const) {
    const where = `${covariance}, ${dimension} dimensions, population ${populationSize}`;

    test(`${where}: weights fall, the positive ones sum to 1 and mueff is theirs`, () => {
      const { weights } = cmaParameters({ dimension, populationSize, covariance, active: true });
      const positive = weights.values.slice(0, weights.mu);
      assert.ok(positive.every((w) => w > 0));
      assert.ok(weights.values.slice(weights.mu).every((w) => w <= 0));
      assert.ok(weights.values.every((w, i) => i === 0 || w <= weights.values[i - 1]!));
      assert.ok(Math.abs(positive.reduce((a, b) => a + b) - 1) < 1e-12);
      assert.ok(Math.abs(1 / positive.reduce((a, w) => a + w * w, 0) - weights.mueff) < 1e-9);
    });

    test(`${where}: rates stay within their bounds`, () => {
      const p = cmaParameters({ dimension, populationSize, covariance, active: true });
      assert.ok(p.c1 > 0 && p.cmu > 0 && p.c1 + p.cmu <= 1);
      assert.ok(p.cs > 0 && p.cs <= 0.5 && p.cc > 0 && p.cc < 1 && p.damps >= 1);
      const negative = -p.weights.values.slice(p.weights.mu).reduce((a, b) => a + b, 0);
      assert.ok(negative <= 1 + p.c1 / p.cmu + 1e-12);
      if (covariance === "full") assert.ok(negative * dimension * p.cmu <= 1 - p.c1 - p.cmu + 1e-12);
    });

    test(`${where}: without active updates no weight is negative`, () => {
      const { weights } = cmaParameters({ dimension, populationSize, covariance, active: false });
      assert.ok(weights.values.every((w) => w >= 0));
    });
  }
}

test("chiN is the expected length of a standard normal vector", () => {
  const chiN = (dimension: number) =>
    cmaParameters({ dimension, populationSize: 8, covariance: "full", active: true }).chiN;
  assert.ok(Math.abs(chiN(2) - Math.sqrt(Math.PI / 2)) < 1e-15);
  assert.ok(Math.abs(chiN(3) - 1.595769121605731) < 1e-14); // sqrt(8 / pi)
  assert.ok(Math.abs(chiN(867) / Math.sqrt(867) - (1 - 1 / (4 * 867) + 1 / (32 * 867 ** 2))) < 1e-9);
});
