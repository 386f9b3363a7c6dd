// The light door: what the stages are, for those that only start them or have them started.
export { findStage, pipelineStages, stageNames } from "./pipeline-stages.js";
export type { PipelineStage, StageName } from "./pipeline-stages.js";
export { stageDefinition, stageModule } from "./stage-definition.js";
export type { StageRequest } from "./stage-definition.js";
export { stageProcessEnv } from "./stage-process-env.js";
