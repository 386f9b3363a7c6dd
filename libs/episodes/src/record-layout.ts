import type { JsonObject } from "@worldmodels/artifacts";
import { DomainError } from "@worldmodels/errors";
import { dtypeBytes, isDtype } from "./dtype.js";
import type { Dtype } from "./dtype.js";

/** What is recorded of every step. */
export interface ColumnSpec {
  readonly dtype: Dtype;
  /** Shape of one step's value; `[]` for a number. */
  readonly shape: readonly number[];
}

/** The shape of a record store. Two stores of the same layout and the same episodes have the same bytes. */
export interface RecordLayout {
  /** What it holds, e.g. `episodes` or `latents`. */
  readonly kind: string;
  /** One value per step, by name. */
  readonly columns: Readonly<Record<string, ColumnSpec>>;
  /** One number per episode, by name. */
  readonly scalars: Readonly<Record<string, Dtype>>;
  /** Facts about the whole, copied into the store's attributes. */
  readonly attributes: JsonObject;
  /** Steps in one compressed chunk, the least that is read at once; default 128. */
  readonly chunkSteps?: number;
  /** Chunks in one file; default 512. */
  readonly chunksPerShard?: number;
}

export type FullRecordLayout = Required<RecordLayout>;

/** Names that the store uses itself. */
const RESERVED = ["offsets", "lengths"];

/** Fills in the defaults. @throws DomainError `invalid-argument` for a layout that cannot be stored */
export function completeLayout(layout: RecordLayout): FullRecordLayout {
  const { chunkSteps = 128, chunksPerShard = 512 } = layout;
  for (const [name, value] of Object.entries({ chunkSteps, chunksPerShard })) {
    if (!Number.isInteger(value) || value < 1)
      throw invalid(`${name} = ${value} must be a whole number above 0`);
  }
  const names = [...Object.keys(layout.columns), ...Object.keys(layout.scalars)];
  for (const [i, name] of names.entries()) {
    if (!/^[a-z][A-Za-z0-9]*$/.test(name) || RESERVED.includes(name) || names.indexOf(name) !== i) {
      throw invalid(`"${name}" cannot name a column: it is reserved, taken twice, or not letters and digits`);
    }
  }
  for (const [name, { dtype, shape }] of Object.entries(layout.columns)) {
    if (!isDtype(dtype)) throw invalid(`column "${name}" has the unknown type ${String(dtype)}`);
    if (!shape.every((size) => Number.isInteger(size) && size >= 1)) {
      throw invalid(`column "${name}" has the shape [${shape.join(", ")}]; sizes are whole numbers above 0`);
    }
  }
  return { ...layout, chunkSteps, chunksPerShard };
}

/** Numbers in one step of a column. */
export function stepElements(column: ColumnSpec): number {
  return column.shape.reduce((product, size) => product * size, 1);
}

/** Stored bytes of one uncompressed chunk. */
export function chunkBytes(layout: FullRecordLayout, column: ColumnSpec): number {
  return layout.chunkSteps * stepElements(column) * dtypeBytes(column.dtype);
}

function invalid(sentence: string): DomainError {
  return new DomainError("invalid-argument", `this record layout cannot be stored: ${sentence}`);
}
