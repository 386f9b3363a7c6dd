import { serveOwnEnvs } from "@worldmodels/env-serving";
import { runService } from "@worldmodels/grpc-kit";
import { gymnasiumEnvSettings } from "./config.js";

await runService({
  name: "gymnasium-env",
  version: "0.1.0",
  about: "Gymnasium's environments: sessions of many slots in Python children",
  settings: gymnasiumEnvSettings,
  create: async (settings, host) => {
    const envs = serveOwnEnvs(
      {
        scheme: "gymnasium",
        elsewhere:
          "ViZDoom's are served by vizdoom-env, CarRacing by car-racing-env, dreams by the predictor",
      },
      settings,
      host,
    );
    return { services: [envs], close: () => envs.close() };
  },
});
