/** Runs tasks in order of arrival, so many at a time. */
export interface JobQueue {
  /**
   * @param task run when its turn comes; must not reject
   * @returns takes the task out again: true where it had not begun, and now never will
   */
  add(task: () => Promise<void>): () => boolean;
}

/** @param maxRunning tasks at a time, 1 or more */
export function createJobQueue(maxRunning: number): JobQueue {
  const waiting: (() => Promise<void>)[] = [];
  let running = 0;
  const fill = () => {
    while (running < maxRunning) {
      const task = waiting.shift();
      if (task === undefined) return;
      running++;
      void task().finally(() => {
        running--;
        fill();
      });
    }
  };
  return {
    add(task) {
      waiting.push(task);
      fill();
      return () => {
        const place = waiting.indexOf(task);
        if (place >= 0) waiting.splice(place, 1);
        return place >= 0;
      };
    },
  };
}
