import type { ObservationArray } from "@worldmodels/env";

/** What decides the actions of a batch of slots, each slot playing a task of type `T` from its begin to its end. */
export interface Driver<T> {
  /** Slots; as many as the environment has. */
  readonly batch: number;
  /** Numbers per action. */
  readonly actionSize: number;
  /** The observations that `see` reads. */
  readonly observationNames: readonly string[];
  /** A new episode begins in the slot; `see` with its first observation follows. */
  begin(slot: number, task: T): void;
  /** Takes row `row` of the observations, by name, as what the slot sees now. */
  see(slot: number, observations: Readonly<Record<string, ObservationArray>>, row: number): void;
  /**
   * Decides every slot's next action from what it saw last.
   *
   * @returns `[batch, actionSize]`, owned by the driver and valid until the next call; rows of idle slots mean nothing
   */
  act(): Promise<Float32Array>;
}
