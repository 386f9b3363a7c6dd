export { lazily } from "./lazily.js";
export { createModelCache } from "./model-cache.js";
export type { LoadedThing, ModelCache, ModelCacheOptions } from "./model-cache.js";
export { createRowMeter } from "./row-meter.js";
export type { RowMeter } from "./row-meter.js";
export { createRowRunner } from "./row-runner.js";
export type { RowArray, RowRunner, RowRunnerOptions, RowSession } from "./row-runner.js";
export { assertRowCount, MOST_ROWS } from "./row-count.js";
