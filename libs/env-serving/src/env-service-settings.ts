import type { SettingsOf } from "@worldmodels/config";
import { serverSettings } from "@worldmodels/grpc-kit";

/** What differs from one service of environments to the next. */
export interface EnvServiceDefaults {
  /** Where it listens unless told otherwise. */
  readonly listen: string;
  readonly maxSlots: number;
  /** What a slot costs, for the help page, e.g. "about 4 MiB". */
  readonly slotCost: string;
}

/** Settings of a service of environments, besides those that all services have. */
export function envServiceSettings({ listen, maxSlots, slotCost }: EnvServiceDefaults) {
  return {
    listen: { ...serverSettings.listen, default: listen },
    max_slots: {
      type: "integer",
      default: maxSlots,
      minimum: 1,
      maximum: 1_000_000,
      doc: `Most slots of all sessions together; one takes ${slotCost}`,
    },
    max_sessions: {
      type: "integer",
      default: 64,
      minimum: 1,
      maximum: 65_536,
      doc: "Most sessions at a time; they share the machine's cores",
    },
    max_in_flight: {
      type: "integer",
      default: 8,
      minimum: 1,
      maximum: 256,
      doc: "Most requests of a session that may be without an answer",
    },
    idle_timeout_s: {
      type: "integer",
      default: 600,
      minimum: 1,
      maximum: 86_400,
      doc: "Seconds that a session may neither send nor read before it is ended",
    },
    step_timeout_s: {
      type: "integer",
      default: 60,
      minimum: 1,
      maximum: 3600,
      doc: "Seconds that one request may take, where its client allows as much",
    },
  } as const;
}

/** Those of the settings that are about environments, with their values. */
export type EnvServiceLimitSettings = Omit<SettingsOf<ReturnType<typeof envServiceSettings>>, "listen">;
