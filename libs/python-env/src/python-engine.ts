import { availableParallelism } from "node:os";
import { actionSize, createObservationArray, elementCount } from "@worldmodels/env";
import type { Engine, EnvSpec, ObservationArray, StepOutcome } from "@worldmodels/env";
import { DomainError } from "@worldmodels/errors";
import { ChildGroup } from "./child-group.js";
import { preparePython } from "./prepare-python.js";
import type { PreparedPython, PythonModule } from "./prepare-python.js";
import { packReplay, unpackReplay } from "./replay-state.js";
import { SlotHistory } from "./slot-history.js";

export interface PythonEngineOptions {
  readonly module: PythonModule;
  /** As it is asked for in a URI, e.g. `vizdoom:TakeCover`. */
  readonly id: string;
  /** What the module needs besides the settings, e.g. which scenario it is. */
  readonly request: Readonly<Record<string, unknown>>;
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  readonly numEnvs: number;
  /** Python children that share the slots; default: one per core, and never more than slots. */
  readonly processes?: number | undefined;
  /** Whether each child has a core of its own while cores are free; default: true. */
  readonly pin?: boolean | undefined;
  /** Longest wait for a child's reply, ms; default: 60,000. */
  readonly timeoutMs?: number | undefined;
  /** Children that may be lost in a row without a finished episode; default: 5. */
  readonly maxLosses?: number | undefined;
  /** When children and engines are replaced, between episodes; no byte of any episode changes. */
  readonly recycle?: Partial<Recycling> | undefined;
  /** Default: `preparePython(module)`. */
  readonly python?: PreparedPython | undefined;
}

/** How long children and engines are kept. */
export interface Recycling {
  /** Episodes begun in a child; default: 20,000. */
  readonly childEpisodes: number;
  /** Greatest resident memory of a child's Python, bytes; default: 1 GiB. */
  readonly childBytes: number;
  /** Episodes begun in an engine of ViZDoom; default: 1,000. */
  readonly engineEpisodes: number;
}

const RECYCLING: Recycling = { childEpisodes: 20_000, childBytes: 2 ** 30, engineEpisodes: 1_000 };

/** An engine of ViZDoom takes about 50 MB and two processes. */
const MAX_NUM_ENVS = 256;

/**
 * Environments of a Python module, with their slots dealt to Python children.
 *
 * @throws DomainError `failed-precondition` where Python or the packages are missing, `invalid-argument` for bad settings
 */
export async function createPythonEngine(options: PythonEngineOptions): Promise<Engine> {
  const { module, id, settings, numEnvs, pin = true, timeoutMs = 60_000, maxLosses = 5 } = options;
  if (!Number.isInteger(numEnvs) || numEnvs < 1 || numEnvs > MAX_NUM_ENVS) {
    throw new DomainError(
      "invalid-argument",
      `${id}: numEnvs = ${numEnvs} is not a whole number from 1 to ${MAX_NUM_ENVS}`,
    );
  }
  const { processes = Math.min(numEnvs, availableParallelism()) } = options;
  if (!Number.isInteger(processes) || processes < 1) {
    throw new DomainError("invalid-argument", `${id}: processes = ${processes} is not a whole number from 1`);
  }
  const python = options.python ?? (await preparePython(module));
  const count = Math.min(processes, numEnvs);
  const histories = Array.from({ length: numEnvs }, () => new SlotHistory());
  const replayOf = (slot: number): SlotHistory => historyOf(histories, slot);
  const groups: ChildGroup[] = [];
  try {
    for (let index = 0; index < count; index++) {
      const slots = histories.map((_, slot) => slot).filter((slot) => slot % count === index);
      const recycle = { ...RECYCLING, ...options.recycle };
      const open = { module, name: id, settings, slots: slots.length, recycle, ...options.request };
      groups.push(new ChildGroup({ child: { python, open, pin, timeoutMs }, slots, replayOf, maxLosses }));
    }
    // All come to their end, so that those that did start can be closed where one does not.
    for (const result of await Promise.allSettled(groups.map((group) => group.start()))) {
      if (result.status === "rejected") throw result.reason;
    }
  } catch (error) {
    await Promise.all(groups.map((group) => group.close()));
    throw error;
  }
  const hello = groups[0]?.hello;
  if (hello === undefined) throw new Error("a group of slots has no child");
  const spec: EnvSpec = {
    ...hello.spec,
    id,
    kind: "REAL",
    versions: hello.versions,
    snapshots: "REPLAY",
    maxNumEnvs: MAX_NUM_ENVS,
    settings,
  };
  return new PythonEngine(spec, histories, groups);
}

class PythonEngine implements Engine {
  readonly numEnvs: number;
  readonly #groups: readonly ChildGroup[];
  readonly #histories: readonly SlotHistory[];
  readonly #names: readonly string[];
  readonly #actionSize: number;
  /** Bit i: the i-th observation of the spec is made in each reply. */
  #mask = 0;

  constructor(
    readonly spec: EnvSpec,
    histories: readonly SlotHistory[],
    groups: readonly ChildGroup[],
  ) {
    this.numEnvs = histories.length;
    this.#groups = groups;
    this.#histories = histories;
    this.#actionSize = actionSize(spec.action);
    this.#names = Object.keys(spec.observations);
    const sizes = Object.values(spec.observations).map(
      ({ dtype, shape }) => createObservationArray(dtype, 1).BYTES_PER_ELEMENT * elementCount(shape),
    );
    for (const group of groups) group.useSizes(sizes);
  }

  willObserve(names: readonly string[]): void {
    this.#mask = this.#maskOf(names);
  }

  async reset(slots: readonly number[], seeds: readonly (bigint | undefined)[]): Promise<void> {
    await this.#eachGroup(slots, async (group, mine, rows) => {
      const given = rows.map((row) => seeds[row]);
      const replies = await group.reset(mine, given, this.#mask);
      mine.forEach((slot, i) => {
        historyOf(this.#histories, slot).begin(given[i], replies[i]?.stream);
      });
    });
  }

  async step(slots: readonly number[], actions: Float32Array, outcome: StepOutcome): Promise<void> {
    const size = this.#actionSize;
    await this.#eachGroup(slots, async (group, mine, rows) => {
      const chosen = rows.map((row) => actions.subarray(row * size, (row + 1) * size));
      const replies = await group.step(mine, chosen, this.#mask);
      for (const [i, row] of rows.entries()) {
        const reply = replies[i];
        const action = chosen[i];
        if (reply === undefined || action === undefined || reply.faulted) {
          outcome.faulted[row] = 1;
          continue;
        }
        historyOf(this.#histories, mine[i] ?? -1).add(action);
        outcome.rewards[row] = reply.reward;
        outcome.terminated[row] = reply.terminated ? 1 : 0;
        outcome.truncated[row] = reply.truncated ? 1 : 0;
        for (const [name, value] of reply.info) outcome.setInfo(name, row, value);
      }
    });
  }

  async prepareObservations(slots: readonly number[], names: readonly string[]): Promise<void> {
    const mask = this.#maskOf(names);
    await this.#eachGroup(slots, (group, mine) => group.observe(mine, mask));
  }

  observe(slot: number, name: string, out: ObservationArray, offset: number): void {
    const size = elementCount(this.spec.observations[name]?.shape ?? []) * out.BYTES_PER_ELEMENT;
    const bytes = new Uint8Array(out.buffer, out.byteOffset + offset * out.BYTES_PER_ELEMENT, size);
    const seen = this.#groupOf(slot).observation(slot, this.#names.indexOf(name));
    if (seen) bytes.set(seen);
    // Its child is gone, and nobody asked for this in time.
    else bytes.fill(0);
  }

  render(slot: number, width: number, height: number): Promise<Uint8Array> {
    return this.#groupOf(slot).render(slot, width, height);
  }

  snapshot(slot: number): Uint8Array {
    return packReplay(historyOf(this.#histories, slot));
  }

  async restore(slot: number, state: Uint8Array): Promise<void> {
    const replay = unpackReplay(state, this.#actionSize);
    await this.#groupOf(slot).replay(slot, replay);
    historyOf(this.#histories, slot).become(replay);
  }

  async close(): Promise<void> {
    await Promise.all(this.#groups.map((group) => group.close()));
  }

  #maskOf(names: readonly string[]): number {
    return names.reduce((mask, name) => mask | (1 << this.#names.indexOf(name)), 0);
  }

  #groupOf(slot: number): ChildGroup {
    const group = this.#groups[slot % this.#groups.length];
    if (group === undefined) throw new Error(`slot ${slot} belongs to no child`);
    return group;
  }

  /** Runs `work` for all groups that have slots among these, at once, with the slots and their rows. */
  async #eachGroup(
    slots: readonly number[],
    work: (group: ChildGroup, slots: number[], rows: number[]) => Promise<void>,
  ): Promise<void> {
    const jobs: Promise<void>[] = [];
    for (const [index, group] of this.#groups.entries()) {
      const mine: number[] = [];
      const rows: number[] = [];
      for (const [row, slot] of slots.entries()) {
        if (slot % this.#groups.length !== index) continue;
        mine.push(slot);
        rows.push(row);
      }
      if (mine.length > 0) jobs.push(work(group, mine, rows));
    }
    // All come to their end, so that none still runs when the next call begins.
    for (const result of await Promise.allSettled(jobs)) {
      if (result.status === "rejected") throw result.reason;
    }
  }
}

function historyOf(histories: readonly SlotHistory[], slot: number): SlotHistory {
  const history = histories[slot];
  if (history === undefined) throw new Error(`there is no slot ${slot}`);
  return history;
}
