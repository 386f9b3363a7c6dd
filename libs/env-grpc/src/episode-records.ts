import type { Batch } from "@worldmodels/env";
import type { SeedsGiven } from "./seed-message.js";

/** What a service says of episodes beyond the batch: with which seeds they began, and how long they took. */
export class EpisodeRecords {
  /** Seeds of opening, for the first reset of each slot. */
  readonly #firstSeeds: (bigint | undefined)[];
  readonly #beganNs: bigint[];

  constructor(numEnvs: number, seeds: SeedsGiven) {
    this.#firstSeeds = Array.from({ length: numEnvs }, (_, slot) => seedAt(seeds, slot));
    this.#beganNs = new Array<bigint>(numEnvs).fill(0n);
  }

  /** The seeds that a reset has begun its rows' episodes with: those given, else those of opening at a slot's first. */
  beginAll(slots: readonly number[], given: SeedsGiven | undefined): (bigint | undefined)[] {
    const inForce = slots.map(
      (slot, i) => (given === undefined ? undefined : seedAt(given, i)) ?? this.#firstSeeds[slot],
    );
    for (const slot of slots) this.#firstSeeds[slot] = undefined;
    return inForce;
  }

  /** Slots into which episodes were put from elsewhere; their clocks start now. */
  put(slots: readonly number[], nowNs: bigint): void {
    for (const slot of slots) {
      this.#firstSeeds[slot] = undefined;
      this.#beganNs[slot] = nowNs;
    }
  }

  /** Seconds that each ended episode of a batch took; starts the clock of those that begin in it. */
  time(batch: Batch, nowNs: bigint): number[] {
    const seconds = batch.endedEpisodes.map(
      ({ slot }) => Number(nowNs - (this.#beganNs[slot] ?? nowNs)) / 1e9,
    );
    for (const [row, slot] of batch.slots.entries()) {
      if (batch.stepNumbers[row] === 0) this.#beganNs[slot] = nowNs;
    }
    return seconds;
  }
}

function seedAt(seeds: SeedsGiven, i: number): bigint | undefined {
  return typeof seeds === "bigint" ? seeds + BigInt(i) : seeds[i];
}
