import type { EndedEpisode } from "./vector-env.js";

/** Where a slot is in its life. UNBEGUN: never reset. ENDED: its episode is over and nothing has begun since. */
export const SlotPhase = { UNBEGUN: 0, RUNNING: 1, ENDED: 2, FAULTED: 3 } as const;

/** What must be kept with a snapshot besides the engine's own state. */
export interface SlotRecord {
  readonly phase: number;
  readonly episodeNumber: number;
  readonly stepNumber: number;
  readonly return: number;
  readonly seed: bigint | undefined;
}

/** The bookkeeping of every slot: where it is, how far, and how well it did. */
export class SlotTable {
  readonly phases: Uint8Array;
  readonly episodeNumbers: Uint32Array;
  readonly stepNumbers: Uint32Array;
  readonly #returns: Float64Array;
  readonly #seeds: (bigint | undefined)[];

  constructor(numEnvs: number) {
    this.phases = new Uint8Array(numEnvs);
    this.episodeNumbers = new Uint32Array(numEnvs);
    this.stepNumbers = new Uint32Array(numEnvs);
    this.#returns = new Float64Array(numEnvs);
    this.#seeds = new Array<undefined>(numEnvs).fill(undefined);
  }

  phase(slot: number): number {
    return this.phases[slot] ?? SlotPhase.UNBEGUN;
  }

  /** A new episode begins. */
  begin(slot: number, seed: bigint | undefined): void {
    this.phases[slot] = SlotPhase.RUNNING;
    this.episodeNumbers[slot] = (this.episodeNumbers[slot] ?? 0) + 1;
    this.stepNumbers[slot] = 0;
    this.#returns[slot] = 0;
    this.#seeds[slot] = seed;
  }

  /** Counts one step and its reward; returns the number of steps taken so far. */
  count(slot: number, reward: number): number {
    const steps = (this.stepNumbers[slot] ?? 0) + 1;
    this.stepNumbers[slot] = steps;
    this.#returns[slot] = (this.#returns[slot] ?? 0) + reward;
    return steps;
  }

  /** The running episode is over. */
  end(slot: number): EndedEpisode {
    this.phases[slot] = SlotPhase.ENDED;
    return {
      slot,
      return: this.#returns[slot] ?? 0,
      length: this.stepNumbers[slot] ?? 0,
      seed: this.#seeds[slot],
    };
  }

  fault(slots: readonly number[]): void {
    for (const slot of slots) this.phases[slot] = SlotPhase.FAULTED;
  }

  record(slot: number): SlotRecord {
    return {
      phase: this.phase(slot),
      episodeNumber: this.episodeNumbers[slot] ?? 0,
      stepNumber: this.stepNumbers[slot] ?? 0,
      return: this.#returns[slot] ?? 0,
      seed: this.#seeds[slot],
    };
  }

  restore(slot: number, record: SlotRecord): void {
    this.phases[slot] = record.phase;
    this.episodeNumbers[slot] = record.episodeNumber;
    this.stepNumbers[slot] = record.stepNumber;
    this.#returns[slot] = record.return;
    this.#seeds[slot] = record.seed;
  }
}
