/** An array with one entry, or several, per row. */
export type RowArray = Float32Array | Uint8Array;

/** A model ready for calls of up to so many rows. One call at a time. */
export interface RowSession {
  /**
   * @param inputs of exactly the session's number of rows
   * @returns views, valid until the next call
   */
  run(inputs: readonly RowArray[]): Promise<readonly RowArray[]>;
  close(): Promise<void>;
}

/** A model for any number of rows and any number of callers at a time. */
export interface RowRunner {
  /**
   * @param inputs row-major arrays, `rows` rows each
   * @param signal looked at between sessions' calls; its reason is thrown
   * @returns the session's outputs for these rows, owned by the caller; a row's bytes depend only on that row
   */
  run(inputs: readonly RowArray[], rows: number, signal?: AbortSignal): Promise<readonly RowArray[]>;
  close(): Promise<void>;
}

export interface RowRunnerOptions {
  /** Makes a session for calls of exactly `size` rows. */
  readonly open: (size: number) => Promise<RowSession>;
  /** Sizes worth having besides 1. */
  readonly sizes: readonly number[];
  /** Inputs of so many rows, all of them different, to see whether the sizes agree. */
  readonly probe: (rows: number) => readonly RowArray[];
}

/**
 * Cuts rows into calls of a few sizes, the largest first. Kernels may round otherwise for another batch, depending on the
 * processor, so sizes are tried against single rows first, and one that differs by a bit is not used.
 */
export async function createRowRunner({ open, sizes, probe }: RowRunnerOptions): Promise<RowRunner> {
  const single = await open(1);
  const sessions = new Map<number, RowSession>([[1, single]]);
  for (const size of sizes) {
    const session = await open(size);
    if (await agrees(session, single, probe(size), size)) sessions.set(size, session);
    else await session.close();
  }
  const descending = [...sessions].sort(([a], [b]) => b - a);
  const enqueue = createQueue();
  return {
    async run(inputs, rows, signal) {
      let outputs: readonly RowArray[] | undefined;
      for (let row = 0; row < rows;) {
        const [size, session] = descending.find(([each]) => each <= rows - row) ?? [1, single];
        const chunk = rowsOf(inputs, rows, row, size);
        // Each call takes its turn by itself: one frame of somebody else waits for 16 rows at most, not for 1024.
        await enqueue(async () => {
          signal?.throwIfAborted();
          const given = await session.run(chunk);
          outputs ??= given.map((part) => sameType(part, (part.length / size) * rows));
          outputs.forEach((output, i) => {
            const part = given[i] ?? output;
            output.set(part, row * (part.length / size));
          });
        });
        row += size;
      }
      return outputs ?? [];
    },
    close: () =>
      enqueue(async () => {
        await Promise.all([...sessions.values()].map((session) => session.close()));
      }),
  };
}

async function agrees(
  session: RowSession,
  single: RowSession,
  inputs: readonly RowArray[],
  size: number,
): Promise<boolean> {
  const together = await session.run(inputs);
  for (let row = 0; row < size; row++) {
    const alone = await single.run(rowsOf(inputs, size, row, 1));
    const expected = rowsOf(together, size, row, 1);
    if (!alone.every((part, i) => sameBytes(part, expected[i] ?? part))) return false;
  }
  return true;
}

/** Views of `count` rows of arrays that have `rows`. */
function rowsOf(arrays: readonly RowArray[], rows: number, first: number, count: number): RowArray[] {
  return arrays.map((array) => {
    const width = array.length / rows;
    return array.subarray(first * width, (first + count) * width);
  });
}

function sameType(like: RowArray, length: number): RowArray {
  return like instanceof Float32Array ? new Float32Array(length) : new Uint8Array(length);
}

function sameBytes(a: RowArray, b: RowArray): boolean {
  const bytes = (array: RowArray) => Buffer.from(array.buffer, array.byteOffset, array.byteLength);
  return bytes(a).equals(bytes(b));
}

/** Runs one piece of work after another, in the order in which they came. */
function createQueue(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  };
}
