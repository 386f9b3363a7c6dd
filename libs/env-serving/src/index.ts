export { envServiceSettings } from "./env-service-settings.js";
export type { EnvServiceDefaults, EnvServiceLimitSettings } from "./env-service-settings.js";
export { serveOwnEnvs } from "./serve-own-envs.js";
export type { ServedScheme } from "./serve-own-envs.js";
