import { envServiceSettings } from "@worldmodels/env-serving";

/** The service's settings besides those that all services have. */
export const carRacingEnvSettings = envServiceSettings({
  listen: "127.0.0.1:50051",
  maxSlots: 1024,
  slotCost: "about 4 MiB",
});
