import { envServiceSettings } from "@worldmodels/env-serving";

/** The service's settings besides those that all services have. */
export const gymnasiumEnvSettings = envServiceSettings({
  listen: "127.0.0.1:50057",
  maxSlots: 64,
  slotCost: "what its environment needs",
});
