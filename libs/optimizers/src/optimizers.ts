import type { BestCandidate, CmaEs, StopReasons } from "@worldmodels/cma-es";
import { DomainError } from "@worldmodels/errors";
import { createRng, seedSequence } from "@worldmodels/rng";
import { randomUUID } from "node:crypto";
import { importOptimizer, makeOptimizer, restoreOptimizer } from "./make-optimizer.js";
import type { FreshOptimizer, OptimizerLimits } from "./make-optimizer.js";
import { createOptimizerFiles } from "./optimizer-files.js";
import { digestNumbers } from "./optimizer-record.js";
import type { OptimizerRecord } from "./optimizer-record.js";
import { createTurns } from "./turns.js";

/** How an optimiser stands. */
export interface OptimizerState {
  readonly id: string;
  readonly dimensions: number;
  readonly population: number;
  /** Generations told so far. */
  readonly generation: number;
  readonly sigma: number;
  /** `[dimensions]` */
  readonly mean: Float64Array;
  /** Undefined before the first generation was told. */
  readonly best: BestCandidate | undefined;
  readonly stop: StopReasons;
}

/** The running generation. */
export interface AskedGeneration {
  /** From 1. */
  readonly generation: number;
  /** `[population][dimensions]`, not to be changed. */
  readonly candidates: readonly Float64Array[];
}

/** Optimisers by id, kept in a folder. What was told is on disk before it is answered; calls on one id take turns. */
export interface Optimizers {
  /**
   * @param id 1 to 64 letters, digits, dashes and underscores; empty for a fresh one
   * @param start how to begin, or the checkpoint of an optimiser to go on from
   * @returns where the id has an optimiser that was made in the same way, that one, as it stands
   * @throws DomainError `invalid-argument`, `already-exists`, `resource-exhausted`
   */
  create(id: string, start: FreshOptimizer | Uint8Array): Promise<OptimizerState>;
  /** The same candidates until they are told. @throws DomainError `not-found` */
  ask(id: string): Promise<AskedGeneration>;
  /**
   * @param fitness one per candidate, higher is better; told again for the generation just told, it changes nothing
   * @throws DomainError `not-found`, `invalid-argument`, `failed-precondition` for another generation
   */
  tell(id: string, generation: number, fitness: readonly number[]): Promise<OptimizerState>;
  /** @throws DomainError `not-found` */
  get(id: string): Promise<OptimizerState>;
  /** Everything that `create` needs to go on from here with the same bytes. @throws DomainError `not-found` */
  checkpoint(id: string): Promise<{ readonly state: OptimizerState; readonly bytes: Uint8Array }>;
  /** One that is not there is no error. */
  remove(id: string): Promise<void>;
}

interface Live {
  readonly id: string;
  readonly cma: CmaEs;
  record: Omit<OptimizerRecord, "cma">;
  /** Of the running generation, where somebody has asked. */
  candidates: Float64Array[] | undefined;
}

/** Optimisers kept in memory; the others are read again when they are called for. */
const MOST_LIVE = 32;

/** @param folder for this process alone */
export function createOptimizers(folder: string, limits: OptimizerLimits): Optimizers {
  const files = createOptimizerFiles(folder);
  const takeTurn = createTurns();
  /** The least recently used first. */
  const live = new Map<string, Live>();

  const open = async (id: string): Promise<Live> => {
    const found = live.get(id) ?? (await load(id));
    live.delete(id);
    live.set(id, found);
    for (const [oldest] of live) {
      if (live.size <= MOST_LIVE) break;
      live.delete(oldest);
    }
    return found;
  };

  const load = async (id: string): Promise<Live> => {
    const record = isId(id) ? await files.read(id) : undefined;
    if (record === undefined) {
      throw new DomainError("not-found", `there is no optimiser "${id}" here; CreateOptimizer makes one`);
    }
    const { made, seed, told } = record;
    return {
      id,
      cma: restoreOptimizer(record, `optimiser "${id}"`),
      record: { made, seed, told },
      candidates: undefined,
    };
  };

  /** Adds an optimiser, unless an equal one is there. */
  const add = async (id: string, record: OptimizerRecord): Promise<OptimizerState> => {
    const there = await files.read(id);
    if (there !== undefined) {
      if (there.made === record.made) return stateOf(await open(id));
      throw new DomainError(
        "already-exists",
        `there is an optimiser "${id}" that was made otherwise; choose another id, or delete it first`,
      );
    }
    const count = await files.count();
    if (count >= limits.maxOptimizers) {
      throw new DomainError(
        "resource-exhausted",
        `there are ${count} optimisers of at most ${limits.maxOptimizers}; delete one first`,
      );
    }
    await files.write(id, record);
    return stateOf(await open(id));
  };

  /** The same draws each time: they follow from the seed and the generation alone. */
  const draw = (optimizer: Live): Float64Array[] => {
    const { cma, record } = optimizer;
    const generation = cma.generation + 1;
    optimizer.candidates ??= cma.ask(createRng(seedSequence(BigInt(record.seed)).child(generation)));
    return optimizer.candidates;
  };

  const tell = async (id: string, generation: number, fitness: readonly number[]): Promise<Live> => {
    const optimizer = await open(id);
    const { cma, record } = optimizer;
    assertFitness(fitness, cma.populationSize);
    const digest = digestNumbers(fitness);
    if (record.told?.generation === generation && record.told.fitness === digest) return optimizer;
    await assertRunning(optimizer, generation);
    const candidates = draw(optimizer);
    // The state in memory must never be ahead of the disk: it comes back with the next call, as the disk has it.
    live.delete(id);
    cma.tell(fitness, candidates);
    const after = { ...record, told: { generation, fitness: digest } };
    await files.write(id, { ...after, cma: cma.checkpoint() });
    optimizer.record = after;
    optimizer.candidates = undefined;
    live.set(id, optimizer);
    return optimizer;
  };

  const assertRunning = async ({ id, cma, candidates }: Live, generation: number): Promise<void> => {
    const running = cma.generation + 1;
    if (generation === running - 1 && generation > 0) {
      throw new DomainError(
        "failed-precondition",
        `generation ${generation} of "${id}" has been told with another fitness; it runs generation ${running}`,
      );
    }
    if (generation !== running) {
      throw new DomainError(
        "failed-precondition",
        `generation ${generation} was told, and "${id}" runs generation ${running}`,
      );
    }
    if (candidates === undefined && (await files.readAsked(id)) !== running) {
      throw new DomainError(
        "failed-precondition",
        `nobody has asked for generation ${running} of "${id}"; call Ask first`,
      );
    }
  };

  return {
    create: async (id, start) => {
      if (id !== "" && !isId(id)) {
        throw new DomainError(
          "invalid-argument",
          `optimizer_id = "${id}" must be 1 to 64 letters, digits, dashes and underscores, or empty`,
        );
      }
      const record =
        start instanceof Uint8Array ? importOptimizer(start, limits) : makeOptimizer(start, limits);
      const name = id === "" ? randomUUID() : id;
      // All makers take turns, so that they cannot go over the limit together.
      return takeTurn("", () => takeTurn(name, () => add(name, record)));
    },
    ask: (id) =>
      takeTurn(id, async () => {
        const optimizer = await open(id);
        const isNew = optimizer.candidates === undefined;
        const candidates = draw(optimizer);
        const generation = optimizer.cma.generation + 1;
        if (isNew) {
          await files.writeAsked(id, generation).catch((error: unknown) => {
            optimizer.candidates = undefined;
            throw error;
          });
        }
        return { generation, candidates };
      }),
    tell: (id, generation, fitness) => takeTurn(id, async () => stateOf(await tell(id, generation, fitness))),
    get: (id) => takeTurn(id, async () => stateOf(await open(id))),
    checkpoint: (id) =>
      takeTurn(id, async () => {
        const state = stateOf(await open(id));
        const bytes = await files.readBytes(id);
        if (bytes === undefined) throw new DomainError("data-loss", `the file of optimiser "${id}" is gone`);
        return { state, bytes };
      }),
    remove: (id) =>
      takeTurn(id, async () => {
        live.delete(id);
        if (isId(id)) await files.remove(id);
      }),
  };
}

/** Safe as the name of a file, whatever comes from the wire. */
function isId(id: string): boolean {
  return /^[A-Za-z0-9_-]{1,64}$/.test(id);
}

function assertFitness(fitness: readonly number[], population: number): void {
  if (fitness.length !== population) {
    throw new DomainError(
      "invalid-argument",
      `fitness has ${fitness.length} values, and a generation has ${population} candidates`,
    );
  }
  const at = fitness.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return;
  throw new DomainError(
    "invalid-argument",
    `fitness[${at}] = ${fitness[at]} is not a finite number; give a failed candidate a very bad one instead`,
  );
}

function stateOf({ id, cma }: Live): OptimizerState {
  const { dimension, populationSize, generation, sigma, mean, best } = cma;
  return {
    id,
    dimensions: dimension,
    population: populationSize,
    generation,
    sigma,
    mean,
    best,
    stop: cma.stop(),
  };
}
