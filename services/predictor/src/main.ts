import { runService, serve } from "@worldmodels/grpc-kit";
import { openJobHost } from "@worldmodels/job-grpc";
import { createModelCache } from "@worldmodels/model-serving";
import { PredictorServiceService } from "@worldmodels/proto/predictor";
import { predictorSettings } from "./config.js";
import { serveDreams } from "./dreams.js";
import { createPredictorHandlers } from "./handlers.js";
import { loadMemoryModel } from "./memory-model.js";

await runService({
  name: "predictor",
  version: "0.1.0",
  about: "M: predicts and draws the next latent, serves dreams as environments, and trains as jobs",
  settings: predictorSettings,
  create: async (settings, { log }) => {
    const host = openJobHost(settings, { log });
    const { store } = host;
    const models = createModelCache({
      store,
      kind: "mdn-rnn",
      load: (digest) => loadMemoryModel(store, digest),
      own: settings.model,
      most: settings.models,
    });
    if (settings.model !== "") await models.use("", (model) => model.warmUp());
    const limits = { maxSessions: settings.max_sessions, maxSlots: settings.max_slots };
    const dreams = serveDreams({ runs: settings.runs, store }, limits, { log });
    const predictor = serve(PredictorServiceService, createPredictorHandlers(models, host));
    return {
      services: [predictor, dreams, ...host.served],
      onListening: host.resume,
      close: async () => {
        await Promise.all([dreams.close(), host.close()]);
        await models.close();
      },
    };
  },
});
