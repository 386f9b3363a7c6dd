/** Results on their way from callbacks to one reader, who may be slower. Holds no more than a run has tasks. */
export interface ResultQueue<T> extends AsyncIterable<T> {
  push(result: T): void;
  /** Nothing more comes; with an error the reader is thrown it, after what is there. */
  end(error?: unknown): void;
}

export function createResultQueue<T>(): ResultQueue<T> {
  const results: T[] = [];
  let ending: { readonly error: unknown } | undefined;
  let wake = () => {};
  return {
    push(result) {
      results.push(result);
      wake();
    },
    end(error) {
      ending ??= { error };
      wake();
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        // All that has come in is handed out before the next wait.
        yield* results.splice(0);
        if (results.length > 0) continue;
        if (ending !== undefined) break;
        await new Promise<void>((resolve) => (wake = resolve));
      }
      if (ending.error !== undefined) throw ending.error as Error;
    },
  };
}
