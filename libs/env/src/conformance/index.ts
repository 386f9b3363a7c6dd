export { describeVectorEnv } from "./describe-vector-env.js";
export type { ConformanceFacts, MakeOptions, MakeVectorEnv } from "./facts.js";
