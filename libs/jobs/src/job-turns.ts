/** Does what concerns one job one after the other: `take(key, task)` runs `task` when all taken before have ended. */
export interface JobTurns {
  take<T>(key: string, task: () => Promise<T>): Promise<T>;
}

export function createJobTurns(): JobTurns {
  const tails = new Map<string, Promise<unknown>>();
  return {
    take(key, task) {
      const turn = (tails.get(key) ?? Promise.resolve()).then(task);
      // Whoever asked for the turn hears of its failure; the next one is not concerned.
      const tail = turn
        .catch(() => undefined)
        .finally(() => {
          if (tails.get(key) === tail) tails.delete(key);
        });
      tails.set(key, tail);
      return turn;
    },
  };
}
