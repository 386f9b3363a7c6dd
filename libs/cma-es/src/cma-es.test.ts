import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isDomainError } from "@worldmodels/errors";
import { createRng } from "@worldmodels/rng";
import { createCmaEs, restoreCmaEs, type CmaEs } from "./cma-es.js";
import type { CmaCheckpoint } from "./checkpoint.js";
import type { CmaOptions } from "./cma-options.js";
import { fitnessFunctions } from "./fitness-functions.js";
import type { NormalSource } from "./normal-source.js";

type FunctionName = keyof typeof fitnessFunctions;

describe("known functions", () => {
  // Budgets are about twice what is needed, in candidates.
  const searches: readonly (readonly [FunctionName, number, number, CmaOptions, number, number])[] = [
    ["sphere", 10, 0.5, {}, 4_000, 1e-8],
    ["sphere", 10, 0.5, { covariance: "diagonal" }, 4_000, 1e-8],
    ["sphere", 100, 0.5, { covariance: "diagonal" }, 30_000, 1e-8],
    ["sphere", 10, 0.5, { active: false }, 4_000, 1e-8],
    ["ellipsoid", 8, 0.5, {}, 8_000, 1e-8],
    ["ellipsoid", 8, 0.5, { active: false }, 12_000, 1e-8],
    ["ellipsoid", 20, 0.5, { covariance: "diagonal" }, 16_000, 1e-8],
    ["rosenbrock", 6, 0.3, {}, 12_000, 1e-8],
    ["rastrigin", 5, 3, { populationSize: 300 }, 27_000, 1e-8],
  ];
  for (const [name, n, sigma0, options, budget, accuracy] of searches) {
    test(`${name} in ${n} dimensions, ${JSON.stringify(options)}: within ${accuracy} of the optimum in ${budget} candidates`, () => {
      const optimiser = createCmaEs({ x0: new Float64Array(n).fill(1.5), sigma0, options });
      const normals = createRng(n);
      while (optimiser.evaluations < budget && (optimiser.best?.fitness ?? -Infinity) < -accuracy) {
        generation(optimiser, normals, name);
      }
      assert.ok(optimiser.best!.fitness >= -accuracy, `fitness ${optimiser.best!.fitness}`);
    });
  }

  test("on an ellipsoid the covariance becomes the inverse Hessian, up to its scale", () => {
    const n = 5;
    const optimiser = createCmaEs({ x0: new Float64Array(n).fill(1), sigma0: 0.5 });
    const normals = createRng(3);
    for (let g = 0; g < 250; g++) generation(optimiser, normals, "ellipsoid");
    const deviations = optimiser.deviations();
    deviations.forEach((deviation, i) => {
      const expected = 10 ** ((-3 * i) / (n - 1)) * deviations[0]!;
      assert.ok(deviation / expected > 0.4 && deviation / expected < 2.5, `axis ${i}: ${deviation}`);
    });
  });
});

describe("ask and tell", () => {
  test("candidates do not depend on how they were evaluated: fitness goes by index", () => {
    const [one, other] = [start(6), start(6)];
    const [normals, otherNormals] = [createRng(1), createRng(1)];
    for (let g = 0; g < 5; g++) {
      const candidates = one.ask(normals);
      one.tell(candidates.map(fitnessFunctions.rosenbrock));
      const later = other.ask(otherNormals);
      const fitness = new Float64Array(later.length);
      for (const k of [...later.keys()].reverse()) fitness[k] = fitnessFunctions.rosenbrock(later[k]!);
      other.tell(fitness);
    }
    assert.deepEqual(other.checkpoint(), one.checkpoint());
  });

  test("higher fitness is better: the mean moves towards it", () => {
    for (const direction of [1, -1]) {
      const optimiser = start(4);
      optimiser.tell(optimiser.ask(createRng(2)).map((x) => direction * x[1]!));
      assert.ok(direction * (optimiser.mean[1]! - 1) > 0);
    }
  });

  test("only ranks matter: any increasing function of the fitness gives the same search", () => {
    const [one, other] = [start(6), start(6)];
    for (let g = 0; g < 8; g++) {
      one.tell(one.ask(createRng(g)).map(fitnessFunctions.sphere));
      other.tell(other.ask(createRng(g)).map((x) => Math.atan(fitnessFunctions.sphere(x)) ** 3));
    }
    assert.deepEqual([...other.mean, other.sigma], [...one.mean, one.sigma]);
  });

  test("equal fitness ranks by index", () => {
    const optimiser = start(3);
    const candidates = optimiser.ask(createRng(4));
    optimiser.tell(candidates.map(() => 7));
    const { weights } = optimiser.parameters;
    const expected = Array.from({ length: 3 }, (_, i) =>
      candidates.slice(0, weights.mu).reduce((sum, x, k) => sum + weights.values[k]! * x[i]!, 0),
    );
    assert.deepEqual([...optimiser.mean], expected);
  });

  test("best is the best candidate ever told, with its generation", () => {
    const optimiser = start(5);
    assert.equal(optimiser.best, undefined);
    const first = optimiser.ask(createRng(5));
    optimiser.tell(first.map((_, k) => (k === 3 ? 10 : 0)));
    optimiser.tell(optimiser.ask(createRng(6)).map(() => 9));
    assert.deepEqual(optimiser.best, { candidate: first[3], fitness: 10, generation: 1 });
    assert.deepEqual([optimiser.generation, optimiser.evaluations], [2, 2 * optimiser.populationSize]);
  });

  test("mirrored candidates come in pairs about the mean", () => {
    const optimiser = start(7, { mirrored: true, sigmaRule: "fixed" });
    const candidates = optimiser.ask(createRng(7));
    for (let k = 0; k + 1 < candidates.length; k += 2) {
      candidates[k]!.forEach((value, i) => {
        assert.ok(Math.abs((value + candidates[k + 1]![i]!) / 2 - optimiser.mean[i]!) < 1e-15);
      });
    }
    assert.notDeepEqual(candidates[0], candidates[2]);
  });
});

describe("sigma", () => {
  test("csa lengthens sigma on a slope and shortens it at an optimum; maxSigma bounds it", () => {
    const run = (name: FunctionName, options: CmaOptions, x0: number) => {
      const optimiser = createCmaEs({ x0: new Float64Array(5).fill(x0), sigma0: 0.1, options });
      const normals = createRng(8);
      for (let g = 0; g < 40; g++) generation(optimiser, normals, name);
      return optimiser.sigma;
    };
    assert.ok(run("linear", {}, 0) > 1);
    assert.ok(run("sphere", {}, 0) < 0.01);
    assert.equal(run("linear", { maxSigma: 0.15 }, 0), 0.15);
    assert.equal(run("linear", { sigmaRule: "fixed" }, 0), 0.1);
  });

  test("setSigma changes the step size and its bound from the next generation on", () => {
    const optimiser = start(6, { sigmaRule: "fixed" });
    const spread = () => {
      const candidates = optimiser.ask(createRng(9));
      return Math.hypot(...candidates[0]!.map((x, i) => x - optimiser.mean[i]!));
    };
    const before = spread();
    optimiser.setSigma({ sigma: optimiser.sigma / 4 });
    assert.ok(Math.abs(spread() / before - 1 / 4) < 1e-12);
    optimiser.setSigma({ maxSigma: 0.01 });
    assert.equal(optimiser.sigma, 0.01);
    optimiser.setSigma({ sigma: 5 });
    assert.equal(optimiser.sigma, 0.01);
    assert.equal(restoreCmaEs(optimiser.checkpoint()).maxSigma, 0.01);
  });
});

describe("checkpoints", () => {
  for (const covariance of ["full", "diagonal"] as const) {
    for (const moment of ["between generations", "between ask and tell"] as const) {
      test(`a ${covariance} run restored ${moment}, through JSON, goes on with the same bytes`, () => {
        // 120 dimensions: a full covariance is then decomposed in some generations only.
        const options = { covariance, limits: { ftarget: -1e-3 } };
        const make = () => createCmaEs({ x0: new Float64Array(120).fill(1), sigma0: 0.3, options });
        const [whole, first] = [make(), make()];
        for (let g = 0; g < 3; g++) {
          generation(whole, createRng(g), "ellipsoid");
          generation(first, createRng(g), "ellipsoid");
        }
        if (moment === "between ask and tell") first.ask(createRng(3));
        const text = JSON.stringify(first.checkpoint());
        const second = restoreCmaEs(JSON.parse(text) as CmaCheckpoint);
        assert.equal(JSON.stringify(second.checkpoint()), text);
        for (let g = 3; g < 8; g++) {
          generation(whole, createRng(g), "ellipsoid");
          generation(second, createRng(g), "ellipsoid");
        }
        assert.equal(JSON.stringify(second.checkpoint()), JSON.stringify(whole.checkpoint()));
        assert.deepEqual(second.stop(), whole.stop());
        assert.deepEqual(second.best, whole.best);
        assert.deepEqual(second.options.limits, whole.options.limits);
      });
    }
  }

  test("a run that was never asked can be restored too", () => {
    const optimiser = start(4);
    assert.deepEqual(restoreCmaEs(optimiser.checkpoint()).checkpoint(), optimiser.checkpoint());
  });

  const damages: readonly (readonly [string, (checkpoint: CmaCheckpoint) => unknown])[] = [
    ["of another format", (c) => ({ ...c, format: "something else" })],
    ["of a later version", (c) => ({ ...c, version: 2 })],
    ["that is null", () => null],
    ["whose path is cut off", (c) => ({ ...c, sigmaPath: c.sigmaPath.slice(0, 11) })],
    ["without its covariance", (c) => ({ ...c, covariance: { arrays: {}, counters: {} } })],
    ["of another dimension", (c) => ({ ...c, mean: c.sigmaPath.slice(0, 32) })],
  ];
  for (const [name, damage] of damages) {
    test(`a checkpoint ${name} is refused`, () => {
      const damaged = damage(start(4).checkpoint()) as CmaCheckpoint;
      assert.throws(
        () => restoreCmaEs(damaged),
        (error) => isDomainError(error, "data-loss"),
      );
    });
  }
});

describe("stop", () => {
  test("is empty before the first generation and while there is no reason", () => {
    const optimiser = start(5);
    assert.deepEqual(optimiser.stop(), {});
    generation(optimiser, createRng(10), "ellipsoid");
    assert.deepEqual(optimiser.stop(), {});
  });

  const endings: readonly (readonly [string, CmaOptions, (x: Float64Array) => number, string])[] = [
    ["enough generations", { limits: { maxiter: 3 } }, fitnessFunctions.ellipsoid, "maxiter"],
    ["enough candidates", { limits: { maxfevals: 20 } }, fitnessFunctions.ellipsoid, "maxfevals"],
    ["a good fitness", { limits: { ftarget: -30 } }, fitnessFunctions.sphere, "ftarget"],
    ["a fitness that is flat", { limits: { tolfun: 0, tolfunhist: 0 } }, () => 1, "tolflatfitness"],
    ["a slope without end", {}, fitnessFunctions.linear, "tolfacupx"],
    ["convergence in fitness", {}, fitnessFunctions.sphere, "tolfun"],
    ["convergence in x", { limits: { tolfun: 0, tolfunhist: 0 } }, fitnessFunctions.sphere, "tolx"],
    [
      "convergence onto 1 in float64",
      { limits: { tolfun: 0, tolfunhist: 0, tolx: 0 } },
      (x) => -Math.log1p(x.reduce((s, v) => s + Math.abs(v - 1), 0)),
      "noeffectcoord",
    ],
    [
      "a covariance out of shape",
      { limits: { tolconditioncov: 1e4 } },
      fitnessFunctions.ellipsoid,
      "tolconditioncov",
    ],
  ];
  for (const [name, options, fitness, reason] of endings) {
    test(`${name} is the reason ${reason}`, () => {
      const optimiser = createCmaEs({ x0: new Float64Array(5).fill(2), sigma0: 0.5, options });
      const normals = createRng(11);
      while (optimiser.generation < 2000 && !(reason in optimiser.stop())) {
        optimiser.tell(optimiser.ask(normals).map(fitness));
      }
      assert.ok(reason in optimiser.stop(), JSON.stringify(optimiser.stop()));
    });
  }
});

describe("mistakes", () => {
  const wrongStarts: readonly (readonly [string, () => unknown, RegExp])[] = [
    ["one parameter", () => createCmaEs({ x0: [1], sigma0: 1 }), /2 parameters/],
    ["x0 with NaN", () => createCmaEs({ x0: [1, NaN], sigma0: 1 }), /x0\[1\] is NaN/],
    ["sigma0 of 0", () => createCmaEs({ x0: [1, 1], sigma0: 0 }), /sigma0 above 0/],
    ["sigma0 of NaN", () => createCmaEs({ x0: [1, 1], sigma0: NaN }), /sigma0 above 0/],
    ["3 candidates", () => start(2, { populationSize: 3 }), /at least 4/],
    ["8.5 candidates", () => start(2, { populationSize: 8.5 }), /whole population/],
    ["maxSigma of -1", () => start(2, { maxSigma: -1 }), /maxSigma above 0/],
  ];
  for (const [name, attempt, message] of wrongStarts) {
    test(`${name} is refused`, () => {
      assert.throws(
        attempt,
        (error) => isDomainError(error, "invalid-argument") && message.test(error.message),
      );
    });
  }

  test("telling before asking is refused", () => {
    assert.throws(
      () => start(3).tell(new Float64Array(7)),
      (error) => isDomainError(error, "failed-precondition"),
    );
  });

  test("telling twice for one asking is refused", () => {
    const optimiser = start(3);
    generation(optimiser, createRng(12), "sphere");
    assert.throws(
      () => optimiser.tell(new Float64Array(optimiser.populationSize)),
      (error) => isDomainError(error, "failed-precondition"),
    );
  });

  const wrongTellings: readonly (readonly [string, (optimiser: CmaEs, asked: Float64Array[]) => void])[] = [
    ["a fitness of NaN", (o, asked) => o.tell(asked.map((_, k) => (k === 2 ? NaN : 1)))],
    ["a fitness of -Infinity", (o, asked) => o.tell(asked.map((_, k) => (k === 2 ? -Infinity : 1)))],
    ["too few fitness values", (o, asked) => o.tell(asked.slice(1).map(() => 1))],
    [
      "a candidate of another dimension",
      (o, asked) =>
        o.tell(
          asked.map(() => 1),
          asked.map((x) => x.slice(1)),
        ),
    ],
    [
      "a candidate with NaN",
      (o, asked) =>
        o.tell(
          asked.map(() => 1),
          asked.map((x) => x.map(() => NaN)),
        ),
    ],
  ];
  for (const [name, tell] of wrongTellings) {
    test(`${name} is refused, and nothing has changed`, () => {
      const optimiser = start(4);
      const asked = optimiser.ask(createRng(13));
      const before = optimiser.checkpoint();
      assert.throws(
        () => tell(optimiser, asked),
        (error) => isDomainError(error, "invalid-argument"),
      );
      assert.deepEqual(optimiser.checkpoint(), before);
    });
  }

  test("changing what ask or mean gave does not change the search", () => {
    const optimiser = start(4);
    const before = optimiser.checkpoint();
    optimiser.mean.fill(99);
    optimiser.covariance().fill(99);
    assert.deepEqual(optimiser.checkpoint(), before);
  });
});

function start(n: number, options: CmaOptions = {}): CmaEs {
  return createCmaEs({ x0: new Float64Array(n).fill(1), sigma0: 0.5, options });
}

function generation(optimiser: CmaEs, normals: NormalSource, name: FunctionName): void {
  optimiser.tell(optimiser.ask(normals).map(fitnessFunctions[name]));
}
