import { formatEnvUri, parseEnvUri } from "@worldmodels/env";
import type { EnvScheme, VectorEnv } from "@worldmodels/env";
import { serveEnvs } from "@worldmodels/env-grpc";
import type { EnvService, OpenRequest } from "@worldmodels/env-grpc";
import { describeEnvs, openOwnEnv } from "@worldmodels/environments";
import { DomainError, isDomainError } from "@worldmodels/errors";
import type { ServiceHost } from "@worldmodels/grpc-kit";
import type { EnvServiceLimitSettings } from "./env-service-settings.js";

/** Which of the environments that this process could open a service has. */
export interface ServedScheme {
  readonly scheme: Exclude<EnvScheme, "grpc" | "grpc+unix" | "dream">;
  /** Where the rest may be found; ends the sentence for an environment that is not served. */
  readonly elsewhere: string;
}

/** EnvService with the environments of one scheme, and nothing else that this code could open. */
export function serveOwnEnvs(
  { scheme, elsewhere }: ServedScheme,
  settings: EnvServiceLimitSettings,
  { log }: ServiceHost,
): EnvService {
  const prefix = scheme === "native" ? "" : `${scheme}:`;
  const served = describeEnvs().filter(({ id }) =>
    prefix === "" ? !id.includes(":") : id.startsWith(prefix),
  );
  let faults = 0;

  /** @throws DomainError `not-found` for what is not served, and whatever `openOwnEnv` refuses */
  const open = ({ envId, settings: own, ...options }: OpenRequest): Promise<VectorEnv> => {
    const asked = readName(envId);
    const known = prefix !== "" || served.some(({ id }) => id === envId);
    if (asked?.scheme !== scheme || !known) {
      throw new DomainError(
        "not-found",
        `this service has no environment "${envId}"; it has ${served.map(({ id }) => id).join(" and ")} (${elsewhere})`,
      );
    }
    return openOwnEnv(formatEnvUri({ scheme, id: asked.id, settings: own }), options);
  };
  return serveEnvs({
    envs: () => served.map(({ id, doc, settings: schema }) => ({ id, summary: doc, settings: schema })),
    open,
    limits: {
      maxSlots: settings.max_slots,
      maxSessions: settings.max_sessions,
      maxInFlight: settings.max_in_flight,
      idleTimeoutMs: settings.idle_timeout_s * 1000,
      stepTimeoutMs: settings.step_timeout_s * 1000,
    },
    onBug: (error) => {
      log("bug", { error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    },
    onFault: (envId, slots) => {
      faults += slots.length;
      log("fault", { env: envId, slots, faults });
    },
  });
}

/** The name taken apart, or undefined where it is none. */
function readName(envId: string): { readonly scheme: EnvScheme; readonly id: string } | undefined {
  try {
    return parseEnvUri(envId);
  } catch (error) {
    if (isDomainError(error)) return undefined;
    throw error;
  }
}
