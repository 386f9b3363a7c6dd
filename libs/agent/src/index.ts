export { actControllers } from "./act-controllers.js";
export type { ControllerParameters } from "./act-controllers.js";
export {
  actionSizeOf,
  carRacingMapping,
  defaultActionMapping,
  mapActions,
  outputSizeOf,
  thirdsMapping,
} from "./action-mapping.js";
export type { ActionMapping, BoxOutput } from "./action-mapping.js";
export { createAgentDriver } from "./agent-driver.js";
export type { AgentTask } from "./agent-driver.js";
export type { AgentFeatures, AgentModel } from "./agent-model.js";
export {
  assertControllerLength,
  controllerShape,
  packController,
  unpackController,
} from "./controller-shape.js";
export type {
  ControllerFeatures,
  ControllerOptions,
  ControllerParameter,
  ControllerShape,
} from "./controller-shape.js";
export type { Driver } from "./driver.js";
export { carRacingEarlyStop, penalisedReturn } from "./early-stop.js";
export type { EarlyStop } from "./early-stop.js";
export { createFeatureModel } from "./feature-model.js";
export { createPolicyDriver } from "./policy-driver.js";
export { createPolicy, PAPER_HOLD, policyKinds } from "./random-policy.js";
export type { Policy, PolicyKind } from "./random-policy.js";
export { runEpisodes } from "./run-episodes.js";
export type { EpisodeResult, EpisodeTask, EpisodeWatcher, StepView } from "./run-episodes.js";
export type { Tasks } from "./task-source.js";
