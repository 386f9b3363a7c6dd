import { CAR_RACING_IDS } from "@worldmodels/car-racing";
import { formatEnvUri } from "@worldmodels/env";
import type { VectorEnv } from "@worldmodels/env";
import { serveEnvs } from "@worldmodels/env-grpc";
import type { EnvService, OpenRequest, ServedEnv } from "@worldmodels/env-grpc";
import { describeEnvs, openEnv } from "@worldmodels/environments";
import { DomainError } from "@worldmodels/errors";
import type { ServiceHost } from "@worldmodels/grpc-kit";

/** The settings that are about environments, with their values. */
export interface CarRacingEnvLimits {
  readonly max_slots: number;
  readonly max_sessions: number;
  readonly max_in_flight: number;
  readonly idle_timeout_s: number;
  readonly step_timeout_s: number;
}

/** EnvService with CarRacing, and nothing else that this code could open. */
export function serveCarRacing(settings: CarRacingEnvLimits, { log }: ServiceHost): EnvService {
  let faults = 0;
  return serveEnvs({
    envs: listCarRacing,
    open: openCarRacing,
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

function listCarRacing(): ServedEnv[] {
  return describeEnvs()
    .filter(({ id }) => isServed(id))
    .map(({ id, doc, settings }) => ({ id, summary: doc, settings }));
}

/** @throws DomainError `not-found` for anything but CarRacing, and whatever `openEnv` refuses */
function openCarRacing({ envId, settings, ...options }: OpenRequest): Promise<VectorEnv> {
  if (!isServed(envId)) {
    throw new DomainError(
      "not-found",
      `this service has no environment "${envId}"; it has ${CAR_RACING_IDS.join(" and ")} ` +
        `(dreams are served by the predictor)`,
    );
  }
  return openEnv(formatEnvUri({ scheme: "native", id: envId, settings }), options);
}

function isServed(id: string): boolean {
  return CAR_RACING_IDS.some((each) => each === id);
}
