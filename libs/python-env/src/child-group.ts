import { DomainError } from "@worldmodels/errors";
import { counter, logEvent } from "@worldmodels/telemetry";
import type { CounterCell } from "@worldmodels/telemetry";
import type { Hello } from "./parse-hello.js";
import { ChildLost, startPythonChild } from "./python-child.js";
import type { ChildOptions, PythonChild } from "./python-child.js";
import type { Replay } from "./slot-history.js";
import { encodeOrigin, readRows, REPLY, REQUEST } from "./wire.js";
import type { Reply, ReplyRow } from "./wire.js";

export interface ChildGroupOptions {
  readonly child: ChildOptions;
  readonly slots: readonly number[];
  /** How a slot's episode can be played again. */
  readonly replayOf: (slot: number) => Replay;
  /** Children that may be lost in a row. */
  readonly maxLosses: number;
}

/**
 * Some slots and the child that plays them now. When a child is lost, its slots stay faulted until they are reset, and the
 * first reset brings a new child. One that has become old or fat is replaced between two episodes, and the other slots'
 * episodes are played again in the new one: nobody can tell.
 */
export class ChildGroup {
  hello: Hello | undefined;
  readonly #options: ChildGroupOptions;
  readonly #slots: readonly number[];
  #child: PythonChild | undefined;
  /** Losses since an episode ended or a snapshot was restored. */
  #losses = 0;
  /** Slots whose stream is in the present child. */
  readonly #begun = new Set<number>();
  /** Those of them whose episode is there, too: their engine has not died. */
  readonly #held = new Set<number>();
  /** Slots whose stream was in a child that is gone. */
  readonly #strayed = new Set<number>();
  #worn = false;
  readonly #env: string;
  readonly #faults: CounterCell;
  readonly #restarts: Readonly<Record<"lost" | "worn", CounterCell>>;
  /** Why there is no child now that there was one. */
  #missing: "lost" | "worn" | undefined;
  /** The bytes of each slot's latest observations, by the spec's order; undefined where not asked for. */
  readonly #seen = new Map<number, (Uint8Array | undefined)[]>();
  #sizes: readonly number[] = [];

  constructor(options: ChildGroupOptions) {
    this.#options = options;
    this.#slots = options.slots;
    const env = String(options.child.open["name"]);
    this.#env = env;
    this.#faults = counter("worldmodels_engine_faults_total", { env });
    this.#restarts = {
      lost: counter("worldmodels_python_child_restarts_total", { env, reason: "lost" }),
      worn: counter("worldmodels_python_child_restarts_total", { env, reason: "worn" }),
    };
  }

  async start(): Promise<void> {
    this.#child = await startPythonChild(this.#options.child);
    this.hello = this.#child.hello;
  }

  /** @param sizes bytes of each observation of the spec */
  useSizes(sizes: readonly number[]): void {
    this.#sizes = sizes;
  }

  async reset(
    slots: readonly number[],
    seeds: readonly (bigint | undefined)[],
    mask: number,
  ): Promise<ReplyRow[]> {
    if (this.#worn) await this.#renew(slots);
    const body = Buffer.concat(slots.map((slot, i) => encodeOrigin(this.#local(slot), { seed: seeds[i] })));
    return this.#begin(slots, async (child) => {
      for (const [i, slot] of slots.entries()) {
        // Its stream is found again at the end of what it has played.
        if (seeds[i] === undefined && this.#strayed.has(slot))
          await this.#replay(child, slot, this.#options.replayOf(slot));
      }
      const reply = await child.request(REQUEST.reset, REPLY.rows, body, { mask, rows: slots.length });
      const rows = this.#read(reply, slots, mask);
      this.#worn = rows.some(({ worn }) => worn);
      return rows;
    });
  }

  /** @returns a row for each slot; faulted ones where its engine or the whole child is lost */
  async step(
    slots: readonly number[],
    actions: readonly Float32Array[],
    mask: number,
  ): Promise<readonly (ReplyRow | undefined)[]> {
    this.#noteLoss();
    const moving = slots.filter((slot) => this.#held.has(slot));
    const child = this.#child;
    if (child === undefined || moving.length === 0) return [];
    const size = 2 + 4 * (actions[0]?.length ?? 0);
    const body = Buffer.allocUnsafe(moving.length * size);
    let offset = 0;
    for (const [i, slot] of slots.entries()) {
      if (!this.#held.has(slot)) continue;
      body.writeUInt16LE(this.#local(slot), offset);
      actions[i]?.forEach((number, k) => body.writeFloatLE(number, offset + 2 + 4 * k));
      offset += size;
    }
    let replies: ReplyRow[];
    try {
      const reply = await child.request(REQUEST.step, REPLY.rows, body, { mask, rows: moving.length });
      replies = this.#read(reply, moving, mask);
    } catch (error) {
      if (!(error instanceof ChildLost)) throw error;
      this.#noteLoss();
      return [];
    }
    if (replies.some(({ terminated, truncated }) => terminated || truncated)) this.#losses = 0;
    for (const [i, slot] of moving.entries()) {
      if (replies[i]?.faulted && this.#held.delete(slot)) this.#faults.add(1);
    }
    if (moving.length === slots.length) return replies;
    return slots.map((slot) => replies[moving.indexOf(slot)]);
  }

  /** Fetches those of the observations that are not here yet. */
  async observe(slots: readonly number[], mask: number): Promise<void> {
    this.#noteLoss();
    const lacking = slots.filter((slot) => this.#held.has(slot) && this.#lacks(slot, mask));
    const child = this.#child;
    if (child === undefined || lacking.length === 0) return;
    const body = Buffer.alloc(2 * lacking.length);
    lacking.forEach((slot, i) => body.writeUInt16LE(this.#local(slot), 2 * i));
    try {
      const reply = await child.request(REQUEST.observe, REPLY.rows, body, { mask, rows: lacking.length });
      this.#read(reply, lacking, mask);
    } catch (error) {
      throw asUnavailable(error);
    }
  }

  observation(slot: number, index: number): Uint8Array | undefined {
    return this.#seen.get(slot)?.[index];
  }

  async render(slot: number, width: number, height: number): Promise<Uint8Array> {
    this.#noteLoss();
    if (this.#child === undefined || !this.#held.has(slot)) {
      throw new DomainError(
        "failed-precondition",
        `render: slot ${slot} is lost with its engine; reset it first`,
      );
    }
    const body = Buffer.alloc(10);
    body.writeUInt16LE(this.#local(slot), 0);
    body.writeUInt32LE(width, 2);
    body.writeUInt32LE(height, 6);
    try {
      const { body: picture } = await this.#child.request(REQUEST.render, REPLY.picture, body);
      if (picture.length !== 3 * width * height)
        throw new ChildLost(`a picture of ${picture.length} bytes came`);
      return Uint8Array.from(picture);
    } catch (error) {
      throw asUnavailable(error);
    }
  }

  /** Plays an episode again, up to where it was, in any slot. */
  async replay(slot: number, replay: Replay): Promise<void> {
    await this.#begin([slot], (child) => this.#replay(child, slot, replay));
    this.#losses = 0;
  }

  async close(): Promise<void> {
    await this.#child?.close();
  }

  /** Runs a request that begins episodes, in a new child where there is none. */
  async #begin(
    slots: readonly number[],
    run: (child: PythonChild) => Promise<ReplyRow[]>,
  ): Promise<ReplyRow[]> {
    for (;;) {
      const child = await this.#present();
      try {
        const rows = await run(child);
        for (const slot of slots) {
          this.#begun.add(slot);
          this.#held.add(slot);
          this.#strayed.delete(slot);
        }
        return rows;
      } catch (error) {
        // The child was lost over it; the next one gets the same request, until there have been too many.
        if (!(error instanceof ChildLost)) throw error;
        this.#noteLoss();
      }
    }
  }

  async #present(): Promise<PythonChild> {
    this.#noteLoss();
    if (this.#child === undefined) {
      this.#child = await startPythonChild(this.#options.child);
      if (this.#missing !== undefined) this.#restarts[this.#missing].add(1);
      this.#missing = undefined;
    }
    return this.#child;
  }

  async #replay(child: PythonChild, slot: number, { origin, actions }: Replay): Promise<ReplyRow[]> {
    const { action } = child.hello.spec;
    const count = Buffer.alloc(4);
    count.writeUInt32LE(actions.length / (action.type === "BOX" ? action.size : 1), 0);
    const numbers = Buffer.from(actions.buffer, actions.byteOffset, actions.byteLength);
    const body = Buffer.concat([encodeOrigin(this.#local(slot), origin), count, numbers]);
    return this.#read(await child.request(REQUEST.replay, REPLY.rows, body, { rows: 1 }), [slot], 0);
  }

  /** Puts a new child in the place of one that is worn; episodes that go on are played again in it. */
  async #renew(resetting: readonly number[]): Promise<void> {
    const child = this.#child;
    this.#worn = false;
    if (child === undefined || child.lost) return;
    const goingOn = [...this.#held].filter((slot) => !resetting.includes(slot));
    this.#forget();
    this.#missing = "worn";
    await child.close();
    for (const slot of goingOn)
      await this.#begin([slot], (next) => this.#replay(next, slot, this.#options.replayOf(slot)));
  }

  #forget(): void {
    this.#child = undefined;
    for (const slot of this.#begun) this.#strayed.add(slot);
    this.#begun.clear();
    this.#held.clear();
  }

  /** Takes leave of a child that is lost: its slots wait for their reset. */
  #noteLoss(): void {
    const lost = this.#child?.lost;
    if (lost === undefined) return;
    this.#faults.add(this.#held.size);
    logEvent("python-child-lost", { env: this.#env, message: lost.message, slots: [...this.#held] });
    this.#forget();
    this.#missing = "lost";
    this.#losses += 1;
    if (this.#losses > this.#options.maxLosses) {
      throw new DomainError(
        "unavailable",
        `${this.#losses} Python children were lost without a finished episode; the last: ${lost.message}`,
      );
    }
  }

  #local(slot: number): number {
    return this.#slots.indexOf(slot);
  }

  #lacks(slot: number, mask: number): boolean {
    const seen = this.#seen.get(slot);
    return this.#sizes.some((_, index) => (mask >> index) & 1 && seen?.[index] === undefined);
  }

  /** Takes a reply apart and keeps its observations; one that does not fit ends the child. */
  #read({ body, rows }: Reply, slots: readonly number[], mask: number): ReplyRow[] {
    let offset = 0;
    for (const slot of slots) {
      const seen = this.#sizes.map((size, index) => {
        if (((mask >> index) & 1) === 0) return undefined;
        offset += size;
        return body.subarray(offset - size, offset);
      });
      this.#seen.set(slot, seen);
    }
    let replies: ReplyRow[];
    try {
      replies = readRows(body, offset, rows);
    } catch (error) {
      throw this.#nonsense(String(error));
    }
    if (rows !== slots.length || replies.some(({ slot }, i) => slot !== this.#local(slots[i] ?? -1))) {
      throw this.#nonsense(`rows of other slots`);
    }
    return replies;
  }

  #nonsense(what: string): ChildLost {
    return this.#child?.abandon(`answered nonsense (${what})`) ?? new ChildLost(what);
  }
}

function asUnavailable(error: unknown): unknown {
  return error instanceof ChildLost
    ? new DomainError("unavailable", `${error.message}; reset its slots`)
    : error;
}
