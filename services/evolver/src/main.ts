import { runService, serve } from "@worldmodels/grpc-kit";
import { openJobHost } from "@worldmodels/job-grpc";
import { lockFolder } from "@worldmodels/jobs";
import { createOptimizers } from "@worldmodels/optimizers";
import { EvolverServiceService } from "@worldmodels/proto/evolver";
import { evolverSettings, readRollouts } from "./config.js";
import { createEvolverHandlers } from "./handlers.js";

await runService({
  name: "evolver",
  version: "0.1.0",
  about: "C's optimiser: CMA-ES to ask and tell, and evolutions as jobs",
  settings: evolverSettings,
  create: async (settings, { log }) => {
    const rollouts = readRollouts(settings.rollouts);
    const host = openJobHost(settings, { log, ...(rollouts.length > 0 && { rollouts }) });
    const unlock = await lockFolder(settings.optimizers);
    const optimizers = createOptimizers(settings.optimizers, {
      maxOptimizers: settings.max_optimizers,
      maxDimensions: settings.max_dimensions,
      maxFullDimensions: settings.max_full_dimensions,
    });
    return {
      services: [serve(EvolverServiceService, createEvolverHandlers(optimizers, host)), ...host.served],
      onListening: host.resume,
      close: async () => {
        await host.close();
        await unlock();
      },
    };
  },
});
