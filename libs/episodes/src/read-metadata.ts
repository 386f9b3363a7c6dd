import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { canonicalJson, isPlainObject, readJson } from "@worldmodels/artifacts";
import type { JsonObject } from "@worldmodels/artifacts";
import { DomainError } from "@worldmodels/errors";
import { decodeChunk } from "./chunk-codec.js";
import { dtypeBytes, fromStoredBytes, isDtype } from "./dtype.js";
import type { Dtype, DtypeArrays } from "./dtype.js";
import type { ColumnSpec, FullRecordLayout } from "./record-layout.js";
import { columnMetadata, GROUP_KEY, scalarMetadata } from "./zarr-metadata.js";
import { loadZstd } from "./zstd.js";

export interface RecordMetadata {
  readonly layout: FullRecordLayout;
  readonly episodes: number;
  readonly steps: number;
  readonly rows: number;
}

/**
 * Reads the `zarr.json` documents of a store.
 *
 * @throws DomainError `not-found` where there is no store, `data-loss` or `unimplemented` where it is none of ours
 */
export async function readRecordMetadata(folder: string): Promise<RecordMetadata> {
  const path = join(folder, "zarr.json");
  const group = await readJson(path, "record store");
  const attributes = isPlainObject(group) ? group["attributes"] : undefined;
  const { [GROUP_KEY]: own, ...rest } = isPlainObject(attributes) ? attributes : {};
  if (!isPlainObject(own) || own["format"] !== "worldmodels-records" || own["version"] !== 1) {
    throw new DomainError(
      "unimplemented",
      `${path} does not describe a record store of version 1; use the program that wrote it`,
    );
  }
  const { kind, episodes, steps, chunkSteps, chunksPerShard, columns, scalars } = own;
  const counts = [episodes, steps, chunkSteps, chunksPerShard];
  if (typeof kind !== "string" || !counts.every(isCount) || !isNames(columns) || !isNames(scalars)) {
    throw damaged(path, "lacks counts or names");
  }
  const base = {
    kind,
    attributes: rest as JsonObject,
    chunkSteps: chunkSteps as number,
    chunksPerShard: chunksPerShard as number,
    columns: {},
    scalars: {},
  };
  const columnSpecs: Record<string, ColumnSpec> = {};
  let rows = 0;
  for (const name of columns) {
    const array = await readArray(folder, name);
    const column = { dtype: array.dtype, shape: array.shape.slice(1) };
    rows = array.shape[0] ?? 0;
    expectMetadata(array, columnMetadata(base, column, rows));
    columnSpecs[name] = column;
  }
  const scalarTypes: Record<string, Dtype> = {};
  for (const name of scalars) {
    const array = await readArray(folder, name);
    expectMetadata(array, scalarMetadata(array.dtype, episodes as number));
    scalarTypes[name] = array.dtype;
  }
  const layout = { ...base, columns: columnSpecs, scalars: scalarTypes };
  return { layout, episodes: episodes as number, steps: steps as number, rows };
}

/** Reads an array of one number per episode. */
export async function readScalar<D extends Dtype>(
  folder: string,
  name: string,
  dtype: D,
  episodes: number,
): Promise<DtypeArrays[D]> {
  const path = join(folder, name, "c", "0");
  if (episodes === 0) return fromStoredBytes(dtype, new Uint8Array());
  const chunk = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    throw damaged(path, "is missing");
  });
  return fromStoredBytes(dtype, decodeChunk(await loadZstd(), chunk, episodes * dtypeBytes(dtype), path));
}

interface ArrayDocument {
  readonly path: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly document: JsonObject;
}

async function readArray(folder: string, name: string): Promise<ArrayDocument> {
  const path = join(folder, name, "zarr.json");
  const document = await readJson(path, `column "${name}"`);
  if (!isPlainObject(document)) throw damaged(path, "is no object");
  const { shape, data_type: dtype } = document;
  if (!isDtype(dtype) || !Array.isArray(shape) || !shape.every(isCount))
    throw damaged(path, "lacks type or shape");
  return { path, dtype, shape, document: document as JsonObject };
}

/** This reader reads what the writer beside it writes, not all of Zarr: anything else is refused, never misread. */
function expectMetadata({ path, document }: ArrayDocument, expected: JsonObject): void {
  for (const key of ["chunk_grid", "chunk_key_encoding", "codecs", "shape"]) {
    if (canonicalJson(document[key] ?? null) === canonicalJson(expected[key] ?? null)) continue;
    throw new DomainError(
      "unimplemented",
      `${path} has another ${key} than this program writes; read it with a Zarr library, or convert it`,
    );
  }
}

function damaged(path: string, how: string): DomainError {
  return new DomainError("data-loss", `${path} ${how}; make the store again`);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isNames(value: unknown): value is string[] {
  return (
    Array.isArray(value) && value.every((name) => typeof name === "string" && /^[a-zA-Z0-9]+$/.test(name))
  );
}
