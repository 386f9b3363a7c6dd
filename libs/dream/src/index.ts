export { createDreamEngine } from "./create-dream-engine.js";
export type { DreamEngineOptions } from "./create-dream-engine.js";
export { missingHead } from "./dream-model.js";
export type { DreamDecoder, DreamModel, DreamPrediction, MissingHead, StartLatents } from "./dream-model.js";
export { dreamSettings } from "./dream-settings.js";
export type { DreamSettings } from "./dream-settings.js";
export type { RecordedEnv } from "./recorded-env.js";
