export { createOptimizers } from "./optimizers.js";
export type { AskedGeneration, OptimizerState, Optimizers } from "./optimizers.js";
export type { FreshOptimizer, OptimizerLimits } from "./make-optimizer.js";
