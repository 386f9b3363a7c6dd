/** Tasks, at once or as they come; a slow source does not hold up the slots that are busy. */
export type Tasks<T> = Iterable<T> | AsyncIterable<T>;

/** Hands tasks to free slots. `take` asks for one; `ready` tells which have come. */
export interface TaskSource<T> {
  /** Asks for a task for this slot. */
  request(slot: number): void;
  /** The tasks that have come since the last call, in the order asked for. */
  ready(): readonly { readonly slot: number; readonly task: T }[];
  /** Whether a request is still open. */
  readonly waiting: boolean;
  /** Resolves when an open request has been answered, and rejects if the source failed. */
  answered(): Promise<void>;
  /** Tells the source that no more tasks will be asked for. */
  close(): Promise<void>;
}

/** A source that hands out tasks in their own order, and as many at a time as there are free slots: nothing is hoarded. */
export function createTaskSource<T>(tasks: Tasks<T>): TaskSource<T> {
  return Symbol.iterator in tasks ? createListSource(tasks) : createStreamSource(tasks);
}

function createListSource<T>(tasks: Iterable<T>): TaskSource<T> {
  const iterator = tasks[Symbol.iterator]();
  let arrived: { readonly slot: number; readonly task: T }[] = [];
  return {
    request(slot) {
      const next = iterator.next();
      if (next.done !== true) arrived.push({ slot, task: next.value });
    },
    ready() {
      const taken = arrived;
      arrived = [];
      return taken;
    },
    waiting: false,
    answered: () => Promise.resolve(),
    close() {
      iterator.return?.();
      return Promise.resolve();
    },
  };
}

function createStreamSource<T>(tasks: AsyncIterable<T>): TaskSource<T> {
  const iterator = tasks[Symbol.asyncIterator]();
  const open = new Set<Promise<void>>();
  let arrived: { readonly slot: number; readonly task: T }[] = [];
  let failure: { readonly error: unknown } | undefined;
  return {
    request(slot) {
      const answer = iterator
        .next()
        .then(
          (next) => {
            if (next.done !== true) arrived.push({ slot, task: next.value });
          },
          (error: unknown) => {
            failure ??= { error };
          },
        )
        .finally(() => open.delete(answer));
      open.add(answer);
    },
    ready() {
      if (failure !== undefined) throw failure.error;
      const taken = arrived;
      arrived = [];
      return taken;
    },
    get waiting() {
      return open.size > 0;
    },
    async answered() {
      await Promise.race(open);
    },
    async close() {
      // An open request would make `return` wait for a task that may never come, so it is not waited for.
      const returned = iterator.return?.().then(
        () => undefined,
        () => undefined,
      );
      if (open.size === 0) await returned;
    },
  };
}
