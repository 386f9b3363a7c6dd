/** Runs functions one after another, those of one name in the order in which they came; other names do not wait. */
export type Turns = <T>(name: string, action: () => Promise<T>) => Promise<T>;

export function createTurns(): Turns {
  const last = new Map<string, Promise<unknown>>();
  return async (name, action) => {
    const before = last.get(name) ?? Promise.resolve();
    const run = before.then(action);
    // Whoever comes next waits for the end, however it ended.
    const end = run.then(
      () => undefined,
      () => undefined,
    );
    last.set(name, end);
    try {
      return await run;
    } finally {
      if (last.get(name) === end) last.delete(name);
    }
  };
}
