import { DomainError } from "@worldmodels/errors";
import type { CovarianceState } from "./covariance-model.js";
import { resolveCmaOptions, type ResolvedCmaOptions, type SigmaRule } from "./cma-options.js";
import type { CmaState } from "./cma-state.js";
import type { CovarianceKind } from "./parameters.js";

/** Little-endian float64 numbers in base64: every bit survives JSON, NaN payloads and -0 included. */
export type Base64Float64 = string;

/** All of a run as plain JSON data. Holds no random state and no candidates: `ask` again after `restoreCmaEs`. */
export interface CmaCheckpoint {
  readonly format: "worldmodels/cma-es";
  readonly version: 1;
  readonly options: {
    readonly populationSize: number;
    readonly covariance: CovarianceKind;
    readonly active: boolean;
    readonly mirrored: boolean;
    readonly sigmaRule: SigmaRule;
    /** In the order of `limitNames`; base64, as JSON knows no Infinity. */
    readonly limits: Base64Float64;
  };
  readonly generation: number;
  readonly evaluations: number;
  readonly flatGenerations: number;
  /** sigma, sigma0, maxSigma. */
  readonly scales: Base64Float64;
  readonly mean: Base64Float64;
  readonly sigmaPath: Base64Float64;
  readonly fitness: Base64Float64;
  readonly recentBest: Base64Float64;
  readonly best: CheckpointedBest | null;
  readonly covariance: {
    readonly arrays: Readonly<Record<string, Base64Float64>>;
    readonly counters: Readonly<Record<string, number>>;
  };
}

interface CheckpointedBest {
  readonly candidate: Base64Float64;
  readonly fitness: Base64Float64;
  readonly generation: number;
}

/** A run as its checkpoint. */
export function encodeRun(
  options: ResolvedCmaOptions,
  state: CmaState,
  covariance: CovarianceState,
): CmaCheckpoint {
  const { populationSize, covariance: kind, active, mirrored, sigmaRule, limits } = options;
  const { best } = state;
  return {
    format: "worldmodels/cma-es",
    version: 1,
    options: { populationSize, covariance: kind, active, mirrored, sigmaRule, limits: encodeLimits(limits) },
    generation: state.generation,
    evaluations: state.evaluations,
    flatGenerations: state.flatGenerations,
    scales: encodeFloat64(Float64Array.of(state.sigma, state.sigma0, state.maxSigma)),
    mean: encodeFloat64(state.mean),
    sigmaPath: encodeFloat64(state.sigmaPath),
    fitness: encodeFloat64(state.fitness),
    recentBest: encodeFloat64(Float64Array.from(state.recentBest)),
    best:
      best === undefined
        ? null
        : {
            candidate: encodeFloat64(best.candidate),
            fitness: encodeFloat64(Float64Array.of(best.fitness)),
            generation: best.generation,
          },
    covariance: encodeCovariance(covariance),
  };
}

/**
 * The reverse of `encodeRun`.
 *
 * @throws DomainError `data-loss` where the checkpoint is damaged
 */
export function decodeRun(checkpoint: CmaCheckpoint): {
  readonly options: ResolvedCmaOptions;
  readonly state: CmaState;
} {
  assertCheckpoint(checkpoint);
  const mean = decodeFloat64("mean", checkpoint.mean);
  const n = mean.length;
  const [sigma = NaN, sigma0 = NaN, maxSigma = NaN] = decodeFloat64("scales", checkpoint.scales, 3);
  const { limits, ...chosen } = checkpoint.options;
  const { generation, evaluations, flatGenerations, best } = checkpoint;
  return {
    options: resolveCmaOptions(n, { ...chosen, maxSigma, limits: decodeLimits(limits) }),
    state: {
      generation,
      evaluations,
      flatGenerations,
      mean,
      sigma,
      sigma0,
      maxSigma,
      sigmaPath: decodeFloat64("sigmaPath", checkpoint.sigmaPath, n),
      fitness: decodeFloat64("fitness", checkpoint.fitness),
      recentBest: Array.from(decodeFloat64("recentBest", checkpoint.recentBest)),
      best:
        best === null
          ? undefined
          : {
              candidate: decodeFloat64("best candidate", best.candidate, n),
              fitness: decodeFloat64("best fitness", best.fitness, 1)[0] ?? NaN,
              generation: best.generation,
            },
      covariance: decodeCovariance(checkpoint.covariance),
    },
  };
}

function encodeFloat64(values: Float64Array): Base64Float64 {
  const bytes = new Uint8Array(values.length * 8);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => view.setFloat64(8 * i, value, true));
  return Buffer.from(bytes.buffer).toString("base64");
}

/** @throws DomainError `data-loss` unless `text` holds `length` numbers (any number of them where left out). */
function decodeFloat64(name: string, text: Base64Float64, length?: number): Float64Array {
  const bytes = Buffer.from(text, "base64");
  if (bytes.length % 8 !== 0 || (length !== undefined && bytes.length !== 8 * length)) {
    throw new DomainError(
      "data-loss",
      `the CMA-ES checkpoint's ${name} has ${bytes.length} bytes where ${length === undefined ? "a multiple of 8" : 8 * length} are needed; start from an earlier checkpoint`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Float64Array.from({ length: bytes.length / 8 }, (_, i) => view.getFloat64(8 * i, true));
}

const limitNames = [
  "ftarget",
  "maxiter",
  "maxfevals",
  "tolfun",
  "tolfunhist",
  "tolx",
  "tolfacupx",
  "tolconditioncov",
  "tolflatfitness",
] as const satisfies readonly (keyof ResolvedCmaOptions["limits"])[];

function encodeLimits(limits: ResolvedCmaOptions["limits"]): Base64Float64 {
  return encodeFloat64(Float64Array.from(limitNames, (name) => limits[name]));
}

function decodeLimits(text: Base64Float64): Partial<ResolvedCmaOptions["limits"]> {
  const values = decodeFloat64("limits", text, limitNames.length);
  return Object.fromEntries(limitNames.map((name, i) => [name, values[i]]));
}

function encodeCovariance(state: CovarianceState): CmaCheckpoint["covariance"] {
  const arrays = Object.entries(state.arrays).map(([name, values]) => [name, encodeFloat64(values)]);
  return { arrays: Object.fromEntries(arrays) as Record<string, Base64Float64>, counters: state.counters };
}

function decodeCovariance(covariance: CmaCheckpoint["covariance"]): CovarianceState {
  const arrays = Object.entries(covariance.arrays).map(([name, text]) => [name, decodeFloat64(name, text)]);
  return {
    arrays: Object.fromEntries(arrays) as Record<string, Float64Array>,
    counters: covariance.counters,
  };
}

/** @throws DomainError `data-loss` for anything that this version did not write. */
function assertCheckpoint(value: unknown): asserts value is CmaCheckpoint {
  const { format, version } = (value ?? {}) as { readonly format?: unknown; readonly version?: unknown };
  if (format === "worldmodels/cma-es" && version === 1) return;
  throw new DomainError(
    "data-loss",
    `a CMA-ES checkpoint of format "${String(format)}", version ${String(version)} was given where "worldmodels/cma-es", version 1 is needed`,
  );
}
