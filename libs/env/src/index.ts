export { actionSize } from "./spec.js";
export type { ActionSpec, Dtype, EnvSpec, ObservationSpec, SettingValue } from "./spec.js";
export { specComplaints } from "./spec-complaints.js";
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
export { createVectorEnv } from "./create-vector-env.js";
export type { VectorEnvOptions } from "./create-vector-env.js";
export { checkPictureSize, checkSeeds, checkSlot, checkSlots } from "./request-checks.js";
export type { ActionBounds } from "./request-checks.js";
export { createObservationArray, elementCount } from "./reply-buffers.js";
export { createCountingEngine } from "./counting-engine.js";
export type { CountingEngineOptions } from "./counting-engine.js";
export { withDerivedObservation } from "./derived-observation.js";
export type { DerivedObservation } from "./derived-observation.js";
export { withDecoder, withEncoder } from "./with-encoder.js";
export type { DecoderOptions, EncoderOptions } from "./with-encoder.js";
export { formatEnvUri, parseEnvUri } from "./env-uri.js";
export type { EnvScheme, EnvUri } from "./env-uri.js";
