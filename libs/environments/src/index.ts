export { checkEnvUri, describeEnvs, openEnv } from "./open-env.js";
export type { EnvDescription, OpenEnvOptions } from "./open-env.js";
export { DREAM, loadDream, saveDream } from "./dream-artifact.js";
export type { DreamRefs } from "./dream-artifact.js";
export { DREAM_STARTS, loadDreamStarts, saveDreamStarts } from "./dream-starts.js";
export type { DreamStarts } from "./dream-starts.js";
export { trackOf } from "./track-of.js";
export type { TrackDescription } from "./track-of.js";
