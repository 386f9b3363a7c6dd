import type { ActionBounds, AutoresetMode } from "@worldmodels/env";
import { DomainError } from "@worldmodels/errors";
import type { Open } from "@worldmodels/proto/env";
import { readActionBounds, readAutoreset, readFaultPolicy } from "./modes.js";
import type { FaultPolicy } from "./modes.js";
import { readSeeds } from "./seed-message.js";
import type { SeedsGiven } from "./seed-message.js";

/** What a client wants opened. What is left out is the environment's own choice. */
export interface OpenRequest {
  /** E.g. `CarRacing-v3` or `dream:RUN`; not looked at yet. */
  readonly envId: string;
  /** 1 or more, and no more than the server has free. */
  readonly numEnvs: number;
  /** By name, as text; not looked at yet. */
  readonly settings: Readonly<Record<string, string>>;
  readonly autoreset: AutoresetMode;
  readonly observations?: readonly string[];
  readonly seeds?: SeedsGiven;
  readonly actionBounds?: ActionBounds;
}

/** @throws DomainError `invalid-argument` for a mode that there is not, or no environment */
export function readOpen(message: Open): OpenRequest & { readonly faultPolicy: FaultPolicy } {
  if (message.envId === "") {
    throw new DomainError("invalid-argument", "open: env_id is empty; ListEnvs says what there is");
  }
  const seeds = readSeeds("open", message.seeds);
  const actionBounds = readActionBounds(message.actionBounds);
  return {
    envId: message.envId,
    numEnvs: message.numEnvs === 0 ? 1 : message.numEnvs,
    settings: message.settings,
    autoreset: readAutoreset(message.autoreset),
    ...(message.observations && { observations: message.observations.names }),
    ...(seeds !== undefined && { seeds }),
    ...(actionBounds && { actionBounds }),
    faultPolicy: readFaultPolicy(message.faultPolicy),
  };
}
