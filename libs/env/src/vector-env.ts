import type { EnvSpec } from "./spec.js";

/**
 * Many episodes of one environment stepped together: the one interface of reality and dreams.
 *
 * A **slot** is one of `numEnvs` places, each playing an episode of its own. Every call gives one `Batch`
 * with a row per slot asked for. Calls are made one after another: the next starts when the last has
 * resolved. The rules (seeds, autoreset, atomic errors) are in docs/vector-env.md and are checked by the
 * conformance suite of this package.
 */
export interface VectorEnv {
  readonly spec: EnvSpec;
  readonly numEnvs: number;
  readonly autoreset: AutoresetMode;
  /** The observations chosen when this environment was made. */
  readonly observationNames: readonly string[];
  /** Begins new episodes in some or all slots. */
  reset(options?: ResetOptions): Promise<Batch>;
  /**
   * Steps some or all slots, one action each.
   *
   * @param actions row-major, `[slots, actionSize]`; discrete actions are integers in a Float32Array
   * @throws DomainError `invalid-argument` (a bad action: nothing has moved), `failed-precondition` (not yet reset)
   */
  step(actions: Float32Array, options?: StepOptions): Promise<Batch>;
  /** A picture for people, uint8 RGB `[height, width, 3]`; changes neither state nor randomness. The caller owns it. */
  render(slot: number, size?: { readonly width: number; readonly height: number }): Promise<Uint8Array>;
  /** Exact states of slots as opaque, versioned bytes that the caller owns. */
  snapshot(slots: readonly number[]): Promise<Uint8Array[]>;
  /** Puts snapshots into slots; all are checked before any slot changes. */
  restore(entries: readonly { readonly slot: number; readonly snapshot: Uint8Array }[]): Promise<void>;
  /** Forks a future: slot `from` is copied into every slot of `to`. */
  copy(from: number, to: readonly number[]): Promise<void>;
  /** Frees everything; later calls are refused. Closing twice is fine. */
  close(): Promise<void>;
}

/**
 * What happens to a slot whose episode has ended (Gymnasium 1.x's meaning).
 * DISABLED: stepping it gives status NEEDS_RESET until it is reset. NEXT_STEP: the next step ignores its action
 * and resets it (reward 0). SAME_STEP: it is reset at once; the reply has the new first observation, and the
 * old last one in `finalObservations`.
 */
export type AutoresetMode = "DISABLED" | "NEXT_STEP" | "SAME_STEP";

export interface ResetOptions {
  /** Slots to reset, ascending and without repeats; default: all. */
  readonly slots?: readonly number[];
  /** One seed per slot reset, or one base that becomes base + i for the i-th of them; default: each slot's stream goes on. */
  readonly seeds?: bigint | readonly (bigint | undefined)[];
  /** Narrows the observations of this reply. */
  readonly observations?: readonly string[];
}

export interface StepOptions {
  /** Slots to step, ascending and without repeats; default: all. */
  readonly slots?: readonly number[];
  /** Narrows the observations of this reply; `[]` gives none, which is cheaper. */
  readonly observations?: readonly string[];
}

export type ObservationArray = Uint8Array | Float32Array | Float64Array;

/** NEEDS_RESET: the slot's episode is over and it did not move. FAULTED: its engine died; reset brings a new one. */
export const SlotStatus = { OK: 0, NEEDS_RESET: 1, FAULTED: 2 } as const;

/** The reply to a reset or step: one row per slot asked for, in that order. Valid until the next call: copy what is kept. */
export interface Batch {
  readonly slots: readonly number[];
  /** Name to array of shape `[slots.length, ...spec.shape]`, row-major, owned by the environment. */
  readonly observations: Readonly<Record<string, ObservationArray>>;
  /** SAME_STEP only: last observations of episodes that ended in this step; rows of other slots are undefined content. */
  readonly finalObservations: Readonly<Record<string, ObservationArray>> | undefined;
  /** Reward of this step; 0 in replies to reset. */
  readonly rewards: Float64Array;
  /** 1 where the task itself ended (goal, death, out of field). Independent of `truncated`. */
  readonly terminated: Uint8Array;
  /** 1 where a step limit cut the episode off. */
  readonly truncated: Uint8Array;
  /** One of `SlotStatus`. */
  readonly statuses: Uint8Array;
  /** Episodes begun in the slot, from 1. */
  readonly episodeNumbers: Uint32Array;
  /** Steps taken in the running episode. */
  readonly stepNumbers: Uint32Array;
  /** Columns of extra facts, each with a mask that says which rows have it. */
  readonly info: Readonly<Record<string, InfoColumn>>;
  /** Episodes that ended in this step. */
  readonly endedEpisodes: readonly EndedEpisode[];
}

export interface InfoColumn {
  readonly values: Float64Array;
  /** 1 where the row has a value. */
  readonly present: Uint8Array;
}

export interface EndedEpisode {
  readonly slot: number;
  /** Sum of rewards. */
  readonly return: number;
  /** Steps. */
  readonly length: number;
  /** The seed given at the episode's reset, or undefined where the slot's stream went on. */
  readonly seed: bigint | undefined;
}
