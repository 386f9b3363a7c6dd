import type { Origin } from "./wire.js";

/** What a slot's running episode can be played again from. */
export interface Replay {
  readonly origin: Origin;
  /** Row-major `[steps, actionSize]`. */
  readonly actions: Float32Array;
}

const NONE = new Float32Array(0);

/** How a slot's running episode began, and what has been done since. */
export class SlotHistory implements Replay {
  origin: Origin = {};
  #actions = NONE;
  #length = 0;

  get actions(): Float32Array {
    return this.#actions.subarray(0, this.#length);
  }

  /** @param stream the slot's stream before the episode, which its child tells */
  begin(seed: bigint | undefined, stream: Uint8Array | undefined): void {
    this.origin = seed === undefined ? { stream } : { seed };
    this.#length = 0;
  }

  add(action: Float32Array): void {
    const length = this.#length + action.length;
    if (length > this.#actions.length) {
      const larger = new Float32Array(Math.max(256, 2 * length));
      larger.set(this.actions);
      this.#actions = larger;
    }
    this.#actions.set(action, this.#length);
    this.#length = length;
  }

  become({ origin, actions }: Replay): void {
    this.origin = origin;
    this.#actions = Float32Array.from(actions);
    this.#length = actions.length;
  }
}
