import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { gunzipSync } from "node:zlib";
import { createCmaEs } from "./cma-es.js";
import { fitnessFunctions } from "./fitness-functions.js";
import type { NormalSource } from "./normal-source.js";

// Recorded from pycma 4.5.0 by fixtures/record_pycma.py. Arrays are little-endian float64 in base64, draws one
// byte each, in units of 1/32. The eigenvectors of a covariance are only unique up to their sign; the recording
// was made with this package's rule for it, so that the same draws give the same candidates.
interface Recording {
  readonly origin: string;
  readonly runs: readonly RecordedRun[];
}
interface RecordedRun {
  readonly name: string;
  readonly function: keyof typeof fitnessFunctions;
  readonly x0: readonly number[];
  readonly sigma0: number;
  readonly options: {
    readonly populationSize: number;
    readonly covariance: "full" | "diagonal";
    readonly active: boolean;
    readonly sigmaRule: "csa" | "fixed";
  };
  readonly weights: string;
  readonly constants: { readonly mueff: number; readonly cs: number; readonly damps?: number };
  /** In which pycma's `hsig` was false. */
  readonly stalledGenerations: readonly number[];
  readonly generations: readonly RecordedGeneration[];
}
interface RecordedGeneration {
  readonly draws: string;
  readonly mean: string;
  readonly sigma: number;
  readonly candidates?: string;
  readonly cost?: string;
  readonly stop?: readonly string[];
  readonly covariance?: string;
  readonly variances?: string;
}

const fixture = new URL("../fixtures/pycma.json.gz", import.meta.url);
const recording = JSON.parse(gunzipSync(readFileSync(fixture)).toString()) as Recording;

for (const run of recording.runs) {
  const keepsCandidates = run.generations[0]!.candidates !== undefined;
  describe(`pycma, ${run.name}, ${run.function} in ${run.x0.length} dimensions`, () => {
    test("constants are pycma's", () => {
      const { parameters } = start(run);
      assertClose(parameters.weights.values, floats(run.weights), 1e-12, "weights");
      const { cs, damps } = parameters;
      assertClose(
        [parameters.weights.mueff, cs, damps],
        [run.constants.mueff, run.constants.cs, run.constants.damps ?? damps],
        1e-12,
        "mueff, cs, damps",
      );
    });

    if (keepsCandidates) {
      test("told pycma's candidates and costs, the distribution follows pycma's to 1e-10", () => {
        const optimiser = start(run);
        run.generations.forEach((generation, g) => {
          const candidates = rows(floats(generation.candidates!), run.x0.length);
          // Asking first puts the postponed decomposition in place, as asking does in pycma.
          const own = optimiser.ask(draws(generation));
          own.forEach((candidate, k) => {
            // Rounding differs by about 1e-16 of C, and an eigenvector by that over the gap between eigenvalues.
            const step = (x: Float64Array) =>
              x.map((value, i) => (value - optimiser.mean[i]!) / optimiser.sigma);
            assertClose(step(candidate), step(candidates[k]!), 1e-8, `generation ${g}, candidate ${k}`);
          });
          const cost = floats(generation.cost!);
          optimiser.tell(
            cost.map((value) => -value),
            candidates,
          );
          assertFollows(optimiser, generation, 1e-10, `generation ${g}`);
          assert.deepEqual(
            Object.keys(optimiser.stop()).sort(),
            [...(generation.stop ?? [])],
            `generation ${g}, reasons to stop`,
          );
        });
      });
    } else {
      test("from the same draws alone, the whole run follows pycma's to 1e-7", () => {
        const optimiser = start(run);
        run.generations.forEach((generation, g) => {
          optimiser.tell(optimiser.ask(draws(generation)).map(fitnessFunctions[run.function]));
          assertFollows(optimiser, generation, 1e-7, `generation ${g}`);
        });
      });
    }
  });
}

test("the recorded runs include a stalled path, a population that raises damping and a postponed decomposition", () => {
  assert.ok(recording.runs.some((run) => run.stalledGenerations.length > 0));
  assert.ok(recording.runs.some((run) => (run.constants.damps ?? 0) > 1.5 + run.constants.cs));
  assert.ok(recording.runs.some((run) => start(run).parameters.decompositionGap > 1));
});

function start(run: RecordedRun) {
  return createCmaEs({ x0: run.x0, sigma0: run.sigma0, options: run.options });
}

function assertFollows(
  optimiser: ReturnType<typeof start>,
  generation: RecordedGeneration,
  tolerance: number,
  where: string,
) {
  const n = optimiser.dimension;
  assertClose(optimiser.mean, floats(generation.mean), tolerance, `${where}, mean`);
  assertClose([optimiser.sigma], [generation.sigma], tolerance, `${where}, sigma`);
  const covariance = optimiser.covariance();
  if (generation.covariance !== undefined) {
    assertClose(covariance, floats(generation.covariance), tolerance, `${where}, covariance`);
  }
  if (generation.variances !== undefined) {
    const diagonal = Array.from({ length: n }, (_, i) => covariance[i * n + i]!);
    assertClose(diagonal, floats(generation.variances), tolerance, `${where}, variances`);
  }
}

/** Relative to the largest expected number: these arrays cross zero. */
function assertClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  where: string,
) {
  assert.equal(actual.length, expected.length, where);
  const size = Array.from(expected).reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  for (let i = 0; i < expected.length; i++) {
    const error = Math.abs(actual[i]! - expected[i]!);
    assert.ok(error <= tolerance * size, `${where}[${i}] is ${actual[i]}, pycma has ${expected[i]}`);
  }
}

function draws(generation: RecordedGeneration): NormalSource {
  const bytes = new Int8Array(Buffer.from(generation.draws, "base64"));
  let at = 0;
  return {
    fillStandardNormal(out) {
      for (let i = 0; i < out.length; i++) out[i] = bytes[at++]! / 32;
      return out;
    },
  };
}

function floats(base64: string): Float64Array {
  const bytes = Buffer.from(base64, "base64");
  return Float64Array.from({ length: bytes.length / 8 }, (_, i) => bytes.readDoubleLE(8 * i));
}

function rows(values: Float64Array, width: number): Float64Array[] {
  return Array.from({ length: values.length / width }, (_, k) => values.slice(k * width, (k + 1) * width));
}
