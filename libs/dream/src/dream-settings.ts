import type { SettingsOf, SettingsSchema } from "@worldmodels/config";

/** What can be said of a dream in its URI's query. */
export const dreamSettings = {
  temperature: {
    type: "number",
    default: 1,
    minimum: 0.01,
    maximum: 10,
    doc: "Uncertainty of the dream: 1 = as trained, higher = less certain and harder to exploit (paper: 1.15)",
  },
  max_episode_steps: {
    type: "integer",
    default: 1000,
    minimum: 1,
    maximum: 1_000_000,
    doc: "Horizon: steps after which the dream is cut off",
  },
  start_latent: {
    type: "string",
    default: "sample",
    choices: ["sample", "mean"],
    doc: "First z of an episode: drawn from V's posterior of a real first frame, or the posterior's mean",
  },
  reward: {
    type: "string",
    default: "predicted",
    choices: ["predicted", "one", "none"],
    doc: "Reward of a step: what M predicts, 1 for staying alive (Doom), or 0 (to look on)",
  },
  terminated: {
    type: "string",
    default: "predicted",
    choices: ["predicted", "never"],
    doc: "End of an episode: where M's logit is above 0, or only at the horizon",
  },
} as const satisfies SettingsSchema;

/** The settings of a dream in force. */
export type DreamSettings = SettingsOf<typeof dreamSettings>;
