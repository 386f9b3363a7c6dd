import { serveOwnEnvs } from "@worldmodels/env-serving";
import { runService } from "@worldmodels/grpc-kit";
import { vizdoomEnvSettings } from "./config.js";

await runService({
  name: "vizdoom-env",
  version: "0.1.0",
  about: "ViZDoom's scenarios: sessions of many slots, an engine for each",
  settings: vizdoomEnvSettings,
  create: async (settings, host) => {
    const envs = serveOwnEnvs(
      {
        scheme: "vizdoom",
        elsewhere:
          "Gymnasium's are served by gymnasium-env, CarRacing by car-racing-env, dreams by the predictor",
      },
      settings,
      host,
    );
    return { services: [envs], close: () => envs.close() };
  },
});
