export { createDreamEngine } from "./create-dream-engine.js";
export type { DreamEngineOptions } from "./create-dream-engine.js";
export type { DreamDecoder, DreamModel, StartLatents } from "./dream-model.js";
export { dreamSettings } from "./dream-settings.js";
export type { DreamSettings } from "./dream-settings.js";
