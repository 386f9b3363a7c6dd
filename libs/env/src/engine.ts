import type { EnvSpec } from "./spec.js";
import type { ObservationArray } from "./vector-env.js";

/**
 * What a kind of environment must bring: the simulation alone, slot by slot. `createVectorEnv` makes a
 * `VectorEnv` of it, with everything that is the same for all kinds: checks, seeds, step limit, autoreset,
 * bookkeeping, reply buffers, snapshots' envelope. Slots passed in are valid, ascending and without repeats.
 */
export interface Engine {
  readonly spec: EnvSpec;
  readonly numEnvs: number;
  /** Called before `reset` and `step` with what their reply will show, for engines that make observations on the way. */
  willObserve?(names: readonly string[]): void;
  /** Begins an episode in each slot. A seed starts the slot's random stream afresh; undefined goes on with it. */
  reset(slots: readonly number[], seeds: readonly (bigint | undefined)[]): void | Promise<void>;
  /**
   * Steps each slot once.
   *
   * @param actions row-major `[slots.length, actionSize]`, already checked
   * @param outcome to be written, one row per slot of `slots`
   */
  step(slots: readonly number[], actions: Float32Array, outcome: StepOutcome): void | Promise<void>;
  /** Writes one slot's observation into `out` at element `offset`; must not change the state. */
  observe(slot: number, name: string, out: ObservationArray, offset: number): void;
  /** Called before `observe`, once per reply, where observations are cheaper all together (a decoder's batch). */
  prepareObservations?(slots: readonly number[], names: readonly string[]): void | Promise<void>;
  render(slot: number, width: number, height: number): Uint8Array | Promise<Uint8Array>;
  /** The slot's state, random stream included: all of it (EXACT), or what it can be played again from (REPLAY). Absent for NONE. */
  snapshot?(slot: number): Uint8Array;
  /** Throws DomainError `invalid-argument` for bytes that are not a state of this engine, before changing anything. */
  restore?(slot: number, state: Uint8Array): void | Promise<void>;
  close(): void | Promise<void>;
}

/** One row per stepped slot, zeroed before the call. */
export interface StepOutcome {
  readonly rewards: Float64Array;
  readonly terminated: Uint8Array;
  readonly truncated: Uint8Array;
  /** Set to 1 where the slot's engine failed; the slot then answers FAULTED until it is reset. */
  readonly faulted: Uint8Array;
  /** Writes an extra fact of a row, e.g. `("lap_finished", row, 1)`. */
  readonly setInfo: (name: string, row: number, value: number) => void;
}
