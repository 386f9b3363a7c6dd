import { constants } from "node:buffer";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { JsonObject } from "@worldmodels/artifacts";
import { DomainError } from "@worldmodels/errors";
import { createChunkCache } from "./chunk-cache.js";
import { createChunkReader } from "./chunk-reader.js";
import { createArray, dtypeBytes } from "./dtype.js";
import type { ColumnArray, Dtype } from "./dtype.js";
import { readRecordMetadata, readScalar } from "./read-metadata.js";
import { stepElements } from "./record-layout.js";
import type { ColumnSpec } from "./record-layout.js";
import { loadZstd } from "./zstd.js";

/** Consecutive steps of the whole store, `from` included, `to` not. */
export interface StepRange {
  readonly from: number;
  readonly to: number;
}

/**
 * Recorded episodes for reading. Steps are numbered through all episodes, 0 to `steps - 1`: episode e has the
 * steps `firstSteps[e]` to `firstSteps[e + 1] - 1`. Reading is synchronous: it is decompression that takes time,
 * and it takes it on this thread anyway.
 */
export interface RecordStore {
  readonly folder: string;
  readonly kind: string;
  readonly attributes: JsonObject;
  readonly columns: Readonly<Record<string, ColumnSpec>>;
  readonly episodes: number;
  readonly steps: number;
  /** Steps of each episode, `[episodes]`. */
  readonly lengths: Uint32Array;
  /** Number of each episode's first step, and behind them `steps`: `[episodes + 1]`. */
  readonly firstSteps: Float64Array;
  /** Steps that are compressed together; reading in such neighbourhoods is cheap. */
  readonly chunkSteps: number;
  /** One number per episode, `[episodes]`. */
  scalar(name: string): ColumnArray;
  /**
   * Values of some steps, in the order asked for; every chunk is decompressed once at most.
   *
   * @returns row-major `[steps asked for, ...shape]`; the caller owns it
   * @throws DomainError `out-of-range`, or `data-loss` naming the damaged chunk
   */
  read(column: string, steps: ArrayLike<number> | StepRange): ColumnArray;
  /** A whole column, `[steps, ...shape]`. @throws DomainError `resource-exhausted` where no array is that long */
  readAll(column: string, signal?: AbortSignal): Promise<ColumnArray>;
  /** Closes the files; later reads of what is not cached fail. */
  close(): void;
}

export interface OpenRecordsOptions {
  /** Memory for decompressed chunks, 2^20 bytes each; default 512. */
  readonly cacheMegabytes?: number;
}

/** @throws DomainError `not-found`, `data-loss`, `unimplemented`; see `readRecordMetadata` */
export async function openRecords(folder: string, options: OpenRecordsOptions = {}): Promise<RecordStore> {
  const { cacheMegabytes = 512 } = options;
  const zstd = await loadZstd();
  const { layout, episodes, steps, rows } = await readRecordMetadata(folder);
  const offsets = await readScalar(folder, "offsets", "uint64", episodes);
  const lengths = await readScalar(folder, "lengths", "uint32", episodes);
  const scalars: Record<string, ColumnArray> = {};
  for (const [name, dtype] of Object.entries(layout.scalars)) {
    scalars[name] = await readScalar(folder, name, dtype, episodes);
  }
  const firstSteps = new Float64Array(episodes + 1);
  const firstRows = Float64Array.from(offsets, Number);
  lengths.forEach((length, episode) => {
    firstSteps[episode + 1] = (firstSteps[episode] ?? 0) + length;
    if ((firstRows[episode] ?? Infinity) + length > rows) throw disagrees(folder);
  });
  if (firstSteps[episodes] !== steps) throw disagrees(folder);

  const cache = createChunkCache<ColumnArray>(cacheMegabytes * 2 ** 20);
  const readers = Object.fromEntries(
    Object.entries(layout.columns).map(([name, column]) => [
      name,
      createChunkReader(join(folder, name), layout, column, zstd),
    ]),
  );
  const need = (name: string) => {
    const column = layout.columns[name];
    const reader = readers[name];
    if (column !== undefined && reader !== undefined) return { column, reader };
    throw absent(folder, name, Object.keys(layout.columns));
  };

  /** The episode that step `step` belongs to. */
  const episodeOf = (step: number) => {
    let low = 0;
    let high = episodes;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((firstSteps[middle] ?? Infinity) <= step) low = middle;
      else high = middle;
    }
    return low;
  };
  const assertStep = (step: number) => {
    if (Number.isInteger(step) && step >= 0 && step < steps) return;
    throw new DomainError(
      "out-of-range",
      `step ${step} is outside 0 to ${steps - 1}, the steps of ${folder}`,
    );
  };

  /** Copies the steps from `from` on that lie in one chunk of one episode, `most` at most; returns how many. */
  const copyRun = (name: string, from: number, most: number, out: ColumnArray, at: number): number => {
    const { column, reader } = need(name);
    const elements = stepElements(column);
    const episode = episodeOf(from);
    const row = (firstRows[episode] ?? 0) + from - (firstSteps[episode] ?? 0);
    const chunk = Math.floor(row / layout.chunkSteps);
    const within = row - chunk * layout.chunkSteps;
    const count = Math.min(most, layout.chunkSteps - within, (firstSteps[episode + 1] ?? 0) - from);
    const values = cache.get(`${name}/${chunk}`, () => reader.read(chunk));
    copyElements(values.subarray(within * elements, (within + count) * elements), out, at * elements);
    return count;
  };

  const read: RecordStore["read"] = (name, wanted) => {
    const { column } = need(name);
    const elements = stepElements(column);
    if (isRange(wanted)) {
      const { from, to } = wanted;
      if (to > from) [from, to - 1].forEach(assertStep);
      const out = createArray(column.dtype, Math.max(0, to - from) * elements);
      for (let step = from; step < to;) step += copyRun(name, step, to - step, out, step - from);
      return out;
    }
    const list = Float64Array.from(wanted);
    list.forEach(assertStep);
    const out = createArray(column.dtype, list.length * elements);
    // In ascending order, so that a chunk is not decompressed, pushed out of the cache and wanted again.
    const order = Uint32Array.from(list.keys()).sort((a, b) => (list[a] ?? 0) - (list[b] ?? 0));
    for (const position of order) copyRun(name, list[position] ?? 0, 1, out, position);
    return out;
  };

  return {
    folder,
    kind: layout.kind,
    attributes: layout.attributes,
    columns: layout.columns,
    episodes,
    steps,
    lengths,
    firstSteps,
    chunkSteps: layout.chunkSteps,
    scalar(name) {
      const values = scalars[name];
      if (values === undefined) throw absent(folder, name, Object.keys(scalars));
      return values;
    },
    read,
    async readAll(name, signal) {
      const { column, reader } = need(name);
      const elements = stepElements(column);
      assertFits(name, column.dtype, steps * elements, folder);
      const out = createArray(column.dtype, steps * elements);
      for (let episode = 0; episode < episodes; episode++) {
        const end = firstSteps[episode + 1] ?? 0;
        // Past the cache, which would only be washed out.
        for (let step = firstSteps[episode] ?? 0, row = firstRows[episode] ?? 0; step < end;) {
          signal?.throwIfAborted();
          const count = Math.min(layout.chunkSteps, end - step);
          const values = reader.read(row / layout.chunkSteps);
          copyElements(values.subarray(0, count * elements), out, step * elements);
          step += count;
          row += count;
          await setImmediate();
        }
      }
      return out;
    },
    close() {
      cache.clear();
      for (const reader of Object.values(readers)) reader.close();
    },
  };
}

function isRange(steps: ArrayLike<number> | StepRange): steps is StepRange {
  return "from" in steps;
}

/** Both arrays hold the same type; TypeScript cannot know that. */
function copyElements(values: ColumnArray, out: ColumnArray, at: number): void {
  (out as Float64Array).set(values as Float64Array, at);
}

function assertFits(name: string, dtype: Dtype, elements: number, folder: string): void {
  const bytes = elements * dtypeBytes(dtype);
  if (bytes <= constants.MAX_LENGTH) return;
  throw new DomainError(
    "resource-exhausted",
    `column "${name}" of ${folder} has ${bytes} bytes, more than the ${constants.MAX_LENGTH} of one array here; read it in parts`,
  );
}

function absent(folder: string, name: string, names: readonly string[]): DomainError {
  return new DomainError("not-found", `${folder} has no "${name}"; it has ${names.join(", ")}`);
}

function disagrees(folder: string): DomainError {
  return new DomainError(
    "data-loss",
    `the lengths of the episodes in ${folder} do not fit its step count; make the store again`,
  );
}
