/** Tasks in the order in which they were pushed, for a reader that waits for the next one. */
export interface TaskQueue<T> extends AsyncIterable<T> {
  push(task: T): void;
}

/** A queue without an end, read by one or several readers. */
export function createTaskQueue<T>(): TaskQueue<T> {
  const tasks: T[] = [];
  const readers: ((result: IteratorResult<T, undefined>) => void)[] = [];
  return {
    push(task) {
      const reader = readers.shift();
      if (reader === undefined) tasks.push(task);
      else reader({ done: false, value: task });
    },
    [Symbol.asyncIterator]: () => ({
      next: () => {
        const value = tasks.shift();
        if (value !== undefined) return Promise.resolve({ done: false, value });
        return new Promise<IteratorResult<T, undefined>>((resolve) => readers.push(resolve));
      },
    }),
  };
}
