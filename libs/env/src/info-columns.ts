import type { InfoColumn } from "./vector-env.js";

const NONE: Readonly<Record<string, InfoColumn>> = Object.freeze({});

interface Column {
  readonly values: Float64Array;
  readonly present: Uint8Array;
  /** The columns as shown in a reply of n rows, at index n; made once. */
  readonly shown: InfoColumn[];
  used: boolean;
}

/** The extra facts of one reply, kept in buffers that are used again for the next. */
export class InfoColumns {
  readonly #columns = new Map<string, Column>();
  readonly #numEnvs: number;
  #anyUsed = false;

  constructor(numEnvs: number) {
    this.#numEnvs = numEnvs;
  }

  clear(): void {
    if (!this.#anyUsed) return;
    this.#anyUsed = false;
    for (const column of this.#columns.values()) {
      column.used = false;
      column.present.fill(0);
      column.values.fill(0);
    }
  }

  set(name: string, row: number, value: number): void {
    let column = this.#columns.get(name);
    if (column === undefined) {
      column = {
        values: new Float64Array(this.#numEnvs),
        present: new Uint8Array(this.#numEnvs),
        shown: [],
        used: true,
      };
      this.#columns.set(name, column);
    }
    column.used = true;
    column.values[row] = value;
    column.present[row] = 1;
    this.#anyUsed = true;
  }

  /** The columns that have a value in this reply of `rows` rows. */
  show(rows: number): Readonly<Record<string, InfoColumn>> {
    if (!this.#anyUsed) return NONE;
    const info: Record<string, InfoColumn> = {};
    for (const [name, column] of this.#columns) {
      if (!column.used) continue;
      info[name] = column.shown[rows] ??= {
        values: column.values.subarray(0, rows),
        present: column.present.subarray(0, rows),
      };
    }
    return info;
  }
}
