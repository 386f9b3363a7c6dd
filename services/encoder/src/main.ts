import { runService, serve } from "@worldmodels/grpc-kit";
import { openJobHost } from "@worldmodels/job-grpc";
import { createModelCache } from "@worldmodels/model-serving";
import { EncoderServiceService } from "@worldmodels/proto/encoder";
import { encoderSettings } from "./config.js";
import { createEncoderHandlers } from "./handlers.js";
import { loadVisionModel } from "./vision-model.js";

await runService({
  name: "encoder",
  version: "0.1.0",
  about: "V: encodes frames, decodes latents, and trains and encodes recordings as jobs",
  settings: encoderSettings,
  create: async (settings, { log }) => {
    const host = openJobHost(settings, { log });
    const models = createModelCache({
      store: host.store,
      kind: "vae",
      load: (digest) => loadVisionModel(host.store, digest),
      own: settings.model,
      most: settings.models,
    });
    if (settings.model !== "") await models.use("", (model) => model.warmUp());
    return {
      services: [serve(EncoderServiceService, createEncoderHandlers(models, host)), ...host.served],
      onListening: host.resume,
      close: async () => {
        await host.close();
        await models.close();
      },
    };
  },
});
