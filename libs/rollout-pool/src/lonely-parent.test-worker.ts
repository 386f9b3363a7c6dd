// A parent that starts two workers, says so, and is then killed by worker-pool.test.ts while they are still loading.
import { createWorkerPool } from "./worker-pool.js";

const pool = createWorkerPool<{ value: number }, number>({
  entry: new URL("./worker-pool.test-worker.ts", import.meta.url),
  setup: { factor: 3 },
  workers: 2,
  tasksPerWorker: 1,
});
void pool.run([{ value: 1 }, { value: 2 }]);
console.log(`started ${pool.pids.length} workers`);
