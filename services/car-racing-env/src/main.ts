import { serveOwnEnvs } from "@worldmodels/env-serving";
import { runService } from "@worldmodels/grpc-kit";
import { carRacingEnvSettings } from "./config.js";

await runService({
  name: "car-racing-env",
  version: "0.1.0",
  about: "CarRacing, v3 and v0: sessions of many slots, stepped together",
  settings: carRacingEnvSettings,
  create: async (settings, host) => {
    const envs = serveOwnEnvs(
      { scheme: "native", elsewhere: "dreams are served by the predictor" },
      settings,
      host,
    );
    return { services: [envs], close: () => envs.close() };
  },
});
