export { createEvaluateHandler } from "./evaluate-handler.js";
export type { EvaluateHandler, EvaluateHandlerOptions } from "./evaluate-handler.js";
export { createRemoteRolloutPool } from "./remote-rollout-pool.js";
export type { RemoteRolloutOptions } from "./remote-rollout-pool.js";
