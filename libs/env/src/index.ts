export { actionSize } from "./spec.js";
export type { ActionSpec, Dtype, EnvSpec, ObservationSpec, SettingValue } from "./spec.js";
export { SlotStatus } from "./vector-env.js";
export type {
  AutoresetMode,
  Batch,
  EndedEpisode,
  InfoColumn,
  ObservationArray,
  ResetOptions,
  StepOptions,
  VectorEnv,
} from "./vector-env.js";
export type { Engine, StepOutcome } from "./engine.js";
