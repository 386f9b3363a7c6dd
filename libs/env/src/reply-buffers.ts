import type { StepOutcome } from "./engine.js";
import { InfoColumns } from "./info-columns.js";
import type { Dtype, ObservationSpec } from "./spec.js";
import type { ObservationArray } from "./vector-env.js";

/** Views of the buffers for a reply of a certain number of rows. */
export interface ReplyRows {
  readonly rewards: Float64Array;
  readonly terminated: Uint8Array;
  readonly truncated: Uint8Array;
  readonly statuses: Uint8Array;
  readonly episodeNumbers: Uint32Array;
  readonly stepNumbers: Uint32Array;
  readonly observations: Readonly<Record<string, ObservationArray>>;
  readonly finalObservations: Readonly<Record<string, ObservationArray>>;
  /** What the engine writes into, before it is entered in the reply. */
  readonly outcome: StepOutcome;
}

/**
 * All memory of the replies of one VectorEnv, taken once: a step of many slots makes no arrays. Replies to a
 * part of the slots are views of the first rows, made at the first reply of that size.
 */
export class ReplyBuffers {
  readonly info: InfoColumns;
  /** Row of the reply for each row of the engine's outcome. */
  readonly rowOfOutcome: Uint32Array;
  readonly #rows: ReplyRows[] = [];
  readonly #whole: ReplyRows;
  readonly #rowSizes: Readonly<Record<string, number>>;

  constructor(numEnvs: number, observations: Readonly<Record<string, ObservationSpec>>, keepFinal: boolean) {
    this.info = new InfoColumns(numEnvs);
    this.rowOfOutcome = new Uint32Array(numEnvs);
    this.#rowSizes = Object.fromEntries(
      Object.entries(observations).map(([name, spec]) => [name, elementCount(spec.shape)]),
    );
    const buffers = (): Record<string, ObservationArray> =>
      Object.fromEntries(
        Object.entries(observations).map(([name, spec]) => [
          name,
          createObservationArray(spec.dtype, numEnvs * elementCount(spec.shape)),
        ]),
      );
    this.#whole = {
      rewards: new Float64Array(numEnvs),
      terminated: new Uint8Array(numEnvs),
      truncated: new Uint8Array(numEnvs),
      statuses: new Uint8Array(numEnvs),
      episodeNumbers: new Uint32Array(numEnvs),
      stepNumbers: new Uint32Array(numEnvs),
      observations: buffers(),
      finalObservations: keepFinal ? buffers() : {},
      outcome: {
        rewards: new Float64Array(numEnvs),
        terminated: new Uint8Array(numEnvs),
        truncated: new Uint8Array(numEnvs),
        faulted: new Uint8Array(numEnvs),
        setInfo: (name, row, value) => {
          this.info.set(name, this.rowOfOutcome[row] ?? row, value);
        },
      },
    };
  }

  /** Elements of one row of an observation. */
  rowSize(name: string): number {
    return this.#rowSizes[name] ?? 0;
  }

  /** The first `count` rows, as the last reply left them. */
  rows(count: number): ReplyRows {
    return (this.#rows[count] ??= this.#view(count));
  }

  /** The first `count` rows, with zeros in all but the observations. */
  blankRows(count: number): ReplyRows {
    const rows = this.rows(count);
    rows.rewards.fill(0);
    rows.terminated.fill(0);
    rows.truncated.fill(0);
    rows.statuses.fill(0);
    this.info.clear();
    return rows;
  }

  /** An outcome of `count` rows for the engine, zeroed. */
  blankOutcome(count: number): StepOutcome {
    const { outcome } = this.rows(count);
    outcome.rewards.fill(0);
    outcome.terminated.fill(0);
    outcome.truncated.fill(0);
    outcome.faulted.fill(0);
    return outcome;
  }

  #view(count: number): ReplyRows {
    const whole = this.#whole;
    const view = (arrays: Readonly<Record<string, ObservationArray>>): Record<string, ObservationArray> =>
      Object.fromEntries(
        Object.entries(arrays).map(([name, array]) => [name, array.subarray(0, count * this.rowSize(name))]),
      );
    return {
      rewards: whole.rewards.subarray(0, count),
      terminated: whole.terminated.subarray(0, count),
      truncated: whole.truncated.subarray(0, count),
      statuses: whole.statuses.subarray(0, count),
      episodeNumbers: whole.episodeNumbers.subarray(0, count),
      stepNumbers: whole.stepNumbers.subarray(0, count),
      observations: view(whole.observations),
      finalObservations: view(whole.finalObservations),
      outcome: {
        rewards: whole.outcome.rewards.subarray(0, count),
        terminated: whole.outcome.terminated.subarray(0, count),
        truncated: whole.outcome.truncated.subarray(0, count),
        faulted: whole.outcome.faulted.subarray(0, count),
        setInfo: whole.outcome.setInfo,
      },
    };
  }
}

/** A zeroed array of the dtype. */
export function createObservationArray(dtype: Dtype, length: number): ObservationArray {
  switch (dtype) {
    case "uint8":
      return new Uint8Array(length);
    case "float32":
      return new Float32Array(length);
    case "float64":
      return new Float64Array(length);
  }
}

/** Numbers in an array of this shape: 1 for `[]`. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
