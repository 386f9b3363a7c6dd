import { envServiceSettings } from "@worldmodels/env-serving";

/** The service's settings besides those that all services have. */
export const vizdoomEnvSettings = envServiceSettings({
  listen: "127.0.0.1:50056",
  maxSlots: 64,
  slotCost: "an engine, about 50 MiB",
});
