import type { CmaCheckpoint } from "@worldmodels/cma-es";

/** What a generation came to. */
export interface GenerationRecord {
  /** From 1. */
  readonly generation: number;
  readonly phase: "explore" | "refine";
  /** Environment steps spent on candidates so far. */
  readonly steps: number;
  /** Fitness over the population, as CMA-ES was told it. */
  readonly fitness: {
    readonly best: number;
    readonly mean: number;
    readonly worst: number;
    readonly sd: number;
  };
  readonly sigma: number;
}

/** The distribution mean after a generation, on the held-out tracks, played to the end. */
export interface MeanRecord {
  readonly generation: number;
  readonly steps: number;
  readonly score: number;
  readonly sd: number;
}

/** All that evolution needs to go on, as JSON. */
export interface EvolutionState {
  readonly cma: CmaCheckpoint;
  readonly phase: "explore" | "refine";
  /** Steps spent in all, and in the running phase. */
  readonly steps: number;
  readonly phaseSteps: number;
  readonly generations: readonly GenerationRecord[];
  readonly means: readonly MeanRecord[];
  /** The mean that scored best on the held-out tracks: base64 of its float64 parameters. */
  readonly bestMean: { readonly parameters: string; readonly record: MeanRecord } | null;
  /** A mean that is still to be judged: it is played beside the next generation. */
  readonly pending: {
    readonly parameters: string;
    readonly generation: number;
    readonly steps: number;
  } | null;
}

export function encodeParameters(values: Float64Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("base64");
}

export function decodeParameters(text: string): Float64Array {
  const bytes = Buffer.from(text, "base64");
  return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

export function encodeEvolutionState(state: EvolutionState): Uint8Array {
  return Buffer.from(JSON.stringify(state));
}

export function decodeEvolutionState(bytes: Uint8Array): EvolutionState {
  return JSON.parse(Buffer.from(bytes).toString()) as EvolutionState;
}
