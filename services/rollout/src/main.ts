import { runService, serve } from "@worldmodels/grpc-kit";
import { openJobHost } from "@worldmodels/job-grpc";
import { RolloutServiceService } from "@worldmodels/proto/rollout";
import { createEvaluateHandler } from "@worldmodels/rollout-grpc";
import { availableParallelism } from "node:os";
import { rolloutSettings } from "./config.js";
import { createRolloutHandlers } from "./handlers.js";

await runService({
  name: "rollout",
  version: "0.1.0",
  about: "Whole episodes of environment, V, M and C in worker processes; recordings and judgements as jobs",
  settings: rolloutSettings,
  create: async (settings, { log }) => {
    const host = openJobHost(settings, { log });
    const evaluations = createEvaluateHandler({
      store: host.store,
      workers: settings.workers === 0 ? availableParallelism() : settings.workers,
      maxPools: settings.max_pools,
      maxWaiting: settings.max_waiting,
      onDeath: (sentence) => {
        log("death", { sentence });
      },
    });
    return {
      services: [serve(RolloutServiceService, createRolloutHandlers(evaluations, host)), ...host.served],
      onListening: host.resume,
      close: async () => {
        evaluations.close();
        await host.close();
      },
    };
  },
});
