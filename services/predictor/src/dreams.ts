import { serveEnvs } from "@worldmodels/env-grpc";
import type { EnvService } from "@worldmodels/env-grpc";
import { describeEnvs } from "@worldmodels/environments";
import type { ServiceHost } from "@worldmodels/grpc-kit";
import type { DreamPlaces } from "./find-dream-folder.js";
import { openDream } from "./open-dream.js";

/** EnvService with dreams, M as an environment, of a service's runs and store. */
export function serveDreams(
  places: DreamPlaces,
  limits: { readonly maxSessions: number; readonly maxSlots: number },
  { log }: ServiceHost,
): EnvService {
  const dreams = describeEnvs().filter(({ id }) => id.startsWith("dream:"));
  return serveEnvs({
    envs: () => dreams.map(({ id, doc, settings }) => ({ id, summary: doc, settings })),
    open: (request) => openDream(places, request),
    limits,
    onBug: (error) => {
      log("bug", { method: "Interact", error: error instanceof Error ? error.stack : String(error) });
    },
    onFault: (envId, slots) => {
      log("fault", { env: envId, slots });
    },
  });
}
