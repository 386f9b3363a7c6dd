import { DomainError } from "@worldmodels/errors";
import type { Engine } from "./engine.js";
import { ReplyBuffers } from "./reply-buffers.js";
import type { ReplyRows } from "./reply-buffers.js";
import {
  checkNames,
  checkPictureSize,
  checkSeeds,
  checkSlot,
  checkSlots,
  createActionCheck,
} from "./request-checks.js";
import type { ActionBounds, ActionCheck } from "./request-checks.js";
import { SlotPhase, SlotTable } from "./slot-table.js";
import { hasSnapshots, restoreSlots } from "./slot-snapshots.js";
import type { SlotState, SnapshotEngine } from "./slot-snapshots.js";
import { packSnapshot, unpackSnapshot } from "./snapshot-envelope.js";
import { specComplaints } from "./spec-complaints.js";
import { actionSize } from "./spec.js";
import type { EnvSpec } from "./spec.js";
import { SlotStatus } from "./vector-env.js";
import type {
  AutoresetMode,
  Batch,
  EndedEpisode,
  ObservationArray,
  ResetOptions,
  StepOptions,
  VectorEnv,
} from "./vector-env.js";

export interface VectorEnvOptions {
  /** Default: DISABLED. */
  readonly autoreset?: AutoresetMode;
  /** The observations to give, by name; default: the spec's. */
  readonly observations?: readonly string[];
  /** For the first reset of each slot where that names no seed: one per slot, or a base; default: base 0. */
  readonly seeds?: bigint | readonly (bigint | undefined)[];
  /** Default: refuse. `engine` hands finite values outside the bounds to the engine, as Gymnasium does. */
  readonly actionBounds?: ActionBounds;
}

const NO_ENDED_EPISODES: readonly EndedEpisode[] = Object.freeze([]);

/**
 * Makes a `VectorEnv` of a simulation: everything that is the same for every kind of environment lives here,
 * once. The environment owns the engine from here on and closes it.
 *
 * @throws DomainError `invalid-argument` for options that do not fit the spec
 */
export function createVectorEnv(engine: Engine, options: VectorEnvOptions = {}): VectorEnv {
  const complaints = specComplaints(engine.spec);
  if (complaints.length > 0)
    throw new Error(`the spec of ${engine.spec.id} is wrong: ${complaints.join("; ")}`);
  return new EngineVectorEnv(engine, options);
}

class EngineVectorEnv implements VectorEnv {
  readonly spec: EnvSpec;
  readonly numEnvs: number;
  readonly autoreset: AutoresetMode;
  readonly observationNames: readonly string[];
  readonly #engine: Engine;
  readonly #allSlots: readonly number[];
  readonly #table: SlotTable;
  readonly #buffers: ReplyBuffers;
  readonly #checkActions: ActionCheck;
  readonly #actionSize: number;
  /** Gathered actions where only a part of the slots asked for moves. */
  readonly #gathered: Float32Array;
  readonly #firstSeeds: (bigint | undefined)[];
  #running: Promise<unknown> | undefined;
  #closing: Promise<void> | undefined;

  constructor(engine: Engine, options: VectorEnvOptions) {
    const { spec, numEnvs } = engine;
    this.#engine = engine;
    this.spec = spec;
    this.numEnvs = numEnvs;
    this.autoreset = options.autoreset ?? "DISABLED";
    const names = options.observations ?? spec.defaultObservations;
    this.observationNames = [...checkNames(spec.id, names, Object.keys(spec.observations))];
    this.#allSlots = Object.freeze(Array.from({ length: numEnvs }, (_, slot) => slot));
    this.#firstSeeds = checkSeeds(spec.id, options.seeds ?? 0n, numEnvs);
    this.#table = new SlotTable(numEnvs);
    const chosen = Object.entries(spec.observations).filter(([name]) => this.observationNames.includes(name));
    this.#buffers = new ReplyBuffers(numEnvs, Object.fromEntries(chosen), this.autoreset === "SAME_STEP");
    this.#checkActions = createActionCheck(spec.action, options.actionBounds ?? "refuse");
    this.#actionSize = actionSize(spec.action);
    this.#gathered = new Float32Array(numEnvs * this.#actionSize);
  }

  reset(options: ResetOptions = {}): Promise<Batch> {
    return this.#exclusively("reset", async () => {
      const slots = checkSlots("reset", options.slots, this.#allSlots);
      const seeds = checkSeeds("reset", options.seeds, slots.length);
      const names = checkNames("reset", options.observations, this.observationNames);
      for (const [i, slot] of slots.entries()) seeds[i] ??= this.#firstSeeds[slot];
      this.#engine.willObserve?.(names);
      await this.#begin(slots, seeds);
      const rows = this.#buffers.blankRows(slots.length);
      await this.#observe(slots, slots, names, rows.observations);
      return this.#reply(slots, names, rows, undefined, NO_ENDED_EPISODES);
    });
  }

  step(actions: Float32Array, options: StepOptions = {}): Promise<Batch> {
    return this.#exclusively("step", async () => {
      const slots = checkSlots("step", options.slots, this.#allSlots);
      const names = checkNames("step", options.observations, this.observationNames);
      this.#checkActions(actions, slots);
      for (const slot of slots) {
        if (this.#table.phase(slot) === SlotPhase.UNBEGUN) throw notReset("step", slot);
      }
      const rows = this.#buffers.blankRows(slots.length);
      const { moving, restarting } = this.#sort(slots, rows);
      this.#engine.willObserve?.(names);
      const ended = moving.length > 0 ? await this.#move(moving, slots, actions, rows) : NO_ENDED_EPISODES;
      if (restarting.length > 0) await this.#begin(restarting);
      let finals: readonly string[] | undefined;
      if (this.autoreset === "SAME_STEP") {
        finals = names;
        if (ended.length > 0) {
          const endedSlots = ended.map(({ slot }) => slot);
          await this.#observe(endedSlots, slots, names, rows.finalObservations);
          await this.#begin(endedSlots);
        }
      }
      await this.#observe(slots, slots, names, rows.observations);
      return this.#reply(slots, names, rows, finals, ended);
    });
  }

  render(slot: number, size?: { readonly width: number; readonly height: number }): Promise<Uint8Array> {
    return this.#exclusively("render", async () => {
      const [nativeWidth, nativeHeight] = this.spec.renderSize;
      if (nativeWidth === 0) {
        throw new DomainError("unimplemented", `render: ${this.spec.id} has no pictures to show`);
      }
      const { width, height } = size ?? { width: nativeWidth, height: nativeHeight };
      checkPictureSize("render", width, height);
      this.#checkAlive("render", "slot", slot);
      return this.#engine.render(slot, width, height);
    });
  }

  snapshot(slots: readonly number[]): Promise<Uint8Array[]> {
    return this.#exclusively("snapshot", () => {
      const engine = this.#snapshotEngine("snapshot");
      const checked = checkSlots("snapshot", slots, this.#allSlots);
      for (const slot of checked) this.#checkAlive("snapshot", "slot", slot);
      return checked.map((slot) =>
        packSnapshot(this.spec, { record: this.#table.record(slot), state: engine.snapshot(slot) }),
      );
    });
  }

  restore(entries: readonly { readonly slot: number; readonly snapshot: Uint8Array }[]): Promise<void> {
    return this.#exclusively("restore", () => {
      const engine = this.#snapshotEngine("restore");
      const opened = entries.map(({ slot, snapshot }, i) => {
        checkSlot("restore", `entries[${i}].slot`, slot, this.numEnvs);
        if (entries.findIndex((other) => other.slot === slot) !== i) {
          throw new DomainError("invalid-argument", `restore: slot ${slot} is named twice`);
        }
        return { slot, ...unpackSnapshot(this.spec, snapshot, `entries[${i}].snapshot`) };
      });
      return this.#put(engine, opened);
    });
  }

  copy(from: number, to: readonly number[]): Promise<void> {
    return this.#exclusively("copy", () => {
      const engine = this.#snapshotEngine("copy");
      this.#checkAlive("copy", "from", from);
      const slots = checkSlots("copy", to, this.#allSlots).filter((slot) => slot !== from);
      const taken = { record: this.#table.record(from), state: engine.snapshot(from) };
      return this.#put(
        engine,
        slots.map((slot) => ({ slot, ...taken })),
      );
    });
  }

  close(): Promise<void> {
    // A call that is under way is let to its end: an engine must not be freed below it.
    this.#closing ??= (async () => {
      await this.#running?.catch(() => undefined);
      await this.#engine.close();
    })();
    return this.#closing;
  }

  /** Runs one call at a time: the reply's buffers and the engine serve one only. */
  async #exclusively<T>(call: string, work: () => T | Promise<T>): Promise<T> {
    if (this.#closing) {
      throw new DomainError("failed-precondition", `${call}: this ${this.spec.id} is closed; open another`);
    }
    if (this.#running) {
      throw new DomainError(
        "failed-precondition",
        `${call}: another call of this ${this.spec.id} is still running; await each call before the next`,
      );
    }
    const running = Promise.resolve(work());
    this.#running = running;
    try {
      return await running;
    } finally {
      this.#running = undefined;
    }
  }

  /** Parts the slots of a step by what is to be done with them. */
  #sort(
    slots: readonly number[],
    rows: ReplyRows,
  ): { moving: readonly number[]; restarting: readonly number[] } {
    const { rowOfOutcome } = this.#buffers;
    const moving: number[] = [];
    const restarting: number[] = [];
    for (const [row, slot] of slots.entries()) {
      const phase = this.#table.phase(slot);
      if (phase === SlotPhase.RUNNING) {
        rowOfOutcome[moving.length] = row;
        moving.push(slot);
      } else if (phase === SlotPhase.FAULTED) {
        rows.statuses[row] = SlotStatus.FAULTED;
      } else if (this.autoreset === "DISABLED") {
        rows.statuses[row] = SlotStatus.NEEDS_RESET;
      } else {
        restarting.push(slot);
      }
    }
    return { moving, restarting };
  }

  /** Steps the moving slots and enters what happened; returns the episodes that ended. */
  async #move(
    moving: readonly number[],
    slots: readonly number[],
    actions: Float32Array,
    rows: ReplyRows,
  ): Promise<readonly EndedEpisode[]> {
    const outcome = this.#buffers.blankOutcome(moving.length);
    const chosen = moving.length === slots.length ? actions : this.#gather(moving.length, actions);
    await this.#orFault(moving, () => this.#engine.step(moving, chosen, outcome));
    const limit = this.spec.maxEpisodeSteps ?? Infinity;
    let ended: EndedEpisode[] | undefined;
    for (const [i, slot] of moving.entries()) {
      const row = this.#buffers.rowOfOutcome[i] ?? 0;
      if (outcome.faulted[i]) {
        rows.statuses[row] = SlotStatus.FAULTED;
        this.#table.fault([slot]);
        continue;
      }
      const reward = outcome.rewards[i] ?? 0;
      const steps = this.#table.count(slot, reward);
      const terminated = outcome.terminated[i] ? 1 : 0;
      const truncated = outcome.truncated[i] || steps >= limit ? 1 : 0;
      rows.rewards[row] = reward;
      rows.terminated[row] = terminated;
      rows.truncated[row] = truncated;
      if (terminated || truncated) (ended ??= []).push(this.#table.end(slot));
    }
    return ended ?? NO_ENDED_EPISODES;
  }

  #gather(count: number, actions: Float32Array): Float32Array {
    const size = this.#actionSize;
    for (let i = 0; i < count; i++) {
      const row = this.#buffers.rowOfOutcome[i] ?? 0;
      for (let k = 0; k < size; k++) this.#gathered[i * size + k] = actions[row * size + k] ?? 0;
    }
    return this.#gathered.subarray(0, count * size);
  }

  async #begin(slots: readonly number[], seeds: readonly (bigint | undefined)[] = []): Promise<void> {
    const all = slots.map((_, i) => seeds[i]);
    await this.#orFault(slots, () => this.#engine.reset(slots, all));
    for (const [i, slot] of slots.entries()) {
      this.#table.begin(slot, all[i]);
      this.#firstSeeds[slot] = undefined;
    }
  }

  /** An engine that throws in mid-call leaves its slots in an unknown state: they are faulted until reset. */
  async #orFault(slots: readonly number[], call: () => void | Promise<void>): Promise<void> {
    try {
      const pending = call();
      if (pending) await pending;
    } catch (error) {
      this.#table.fault(slots);
      throw error;
    }
  }

  /** Writes the observations of `slots` into the rows that they have in `requested`; zeros for faulted slots. */
  async #observe(
    slots: readonly number[],
    requested: readonly number[],
    names: readonly string[],
    into: Readonly<Record<string, ObservationArray>>,
  ): Promise<void> {
    if (names.length === 0) return;
    const table = this.#table;
    if (this.#engine.prepareObservations) {
      const alive = slots.filter((slot) => table.phase(slot) !== SlotPhase.FAULTED);
      const pending = this.#engine.prepareObservations(alive, names);
      if (pending) await pending;
    }
    for (const name of names) {
      const out = into[name];
      if (out === undefined) continue;
      const rowSize = this.#buffers.rowSize(name);
      let row = 0;
      for (const slot of slots) {
        while (requested[row] !== slot) row++;
        const offset = row * rowSize;
        if (table.phase(slot) === SlotPhase.FAULTED) out.fill(0, offset, offset + rowSize);
        else this.#engine.observe(slot, name, out, offset);
      }
    }
  }

  #reply(
    slots: readonly number[],
    names: readonly string[],
    rows: ReplyRows,
    finalNames: readonly string[] | undefined,
    endedEpisodes: readonly EndedEpisode[],
  ): Batch {
    for (const [row, slot] of slots.entries()) {
      rows.episodeNumbers[row] = this.#table.episodeNumbers[slot] ?? 0;
      rows.stepNumbers[row] = this.#table.stepNumbers[slot] ?? 0;
    }
    return {
      slots,
      observations: this.#narrow(rows.observations, names),
      finalObservations: finalNames && this.#narrow(rows.finalObservations, finalNames),
      rewards: rows.rewards,
      terminated: rows.terminated,
      truncated: rows.truncated,
      statuses: rows.statuses,
      episodeNumbers: rows.episodeNumbers,
      stepNumbers: rows.stepNumbers,
      info: this.#buffers.info.show(slots.length),
      endedEpisodes,
    };
  }

  #narrow(
    all: Readonly<Record<string, ObservationArray>>,
    names: readonly string[],
  ): Readonly<Record<string, ObservationArray>> {
    if (names === this.observationNames) return all;
    const narrowed: Record<string, ObservationArray> = {};
    for (const name of names) {
      const array = all[name];
      if (array) narrowed[name] = array;
    }
    return narrowed;
  }

  #checkAlive(call: string, what: string, slot: number): void {
    checkSlot(call, what, slot, this.numEnvs);
    const phase = this.#table.phase(slot);
    if (phase === SlotPhase.UNBEGUN) throw notReset(call, slot);
    if (phase === SlotPhase.FAULTED) {
      throw new DomainError("failed-precondition", `${call}: slot ${slot} has faulted; reset it first`);
    }
  }

  #snapshotEngine(call: string): SnapshotEngine {
    const engine = this.#engine;
    if (hasSnapshots(engine)) return engine;
    throw new DomainError(
      "unimplemented",
      `${call}: ${this.spec.id} has no snapshots (its spec says ${this.spec.snapshots})`,
    );
  }

  async #put(engine: SnapshotEngine, entries: readonly SlotState[]): Promise<void> {
    await restoreSlots(engine, this.#table, entries);
    for (const { slot } of entries) this.#firstSeeds[slot] = undefined;
  }
}

function notReset(call: string, slot: number): DomainError {
  return new DomainError(
    "failed-precondition",
    `${call}: slot ${slot} has not been reset yet; call reset first`,
  );
}
