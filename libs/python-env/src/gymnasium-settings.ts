import type { SettingsSchema } from "@worldmodels/config";

/** What can be set in every `gymnasium:ID?…`; other names are handed to the environment itself. */
export const gymnasiumSettings = {
  max_episode_steps: {
    type: "integer",
    default: 0,
    minimum: 0,
    doc: "steps after which an episode is truncated; 0: as Gymnasium has it",
  },
} as const satisfies SettingsSchema;
