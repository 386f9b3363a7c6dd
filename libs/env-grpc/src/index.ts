export { openRemoteEnv } from "./open-remote-env.js";
export type { RemoteEnvOptions } from "./open-remote-env.js";
export type { OpenRequest } from "./open-request.js";
export type { FaultPolicy } from "./modes.js";
export { serveEnvs } from "./serve-envs.js";
export type { EnvService, EnvServiceLimits, EnvServiceOptions, ServedEnv } from "./serve-envs.js";
