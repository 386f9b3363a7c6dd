export { RECORDED_OBSERVATION } from "./episode-recorder.js";
export { resolveDriver } from "./resolve-driver.js";
export type { ControllerSizes } from "./resolve-driver.js";
export { createRolloutPool } from "./rollouts.js";
export type {
  AgentDriver,
  PolicyDriver,
  RolloutPool,
  RolloutResult,
  RolloutSetup,
  RolloutTask,
} from "./rollouts.js";
export { serveTasks } from "./worker-loop.js";
export { createWorkerPool } from "./worker-pool.js";
export type { RunOptions, WorkerPool, WorkerPoolOptions } from "./worker-pool.js";
