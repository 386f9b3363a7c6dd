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
    default: 0,
    minimum: 0,
    maximum: 1_000_000,
    doc: "Horizon: steps after which the dream is cut off; 0 = as the environment that was recorded (1000 where it has no limit)",
  },
  start_latent: {
    type: "string",
    default: "sample",
    choices: ["sample", "mean"],
    doc: "First z of an episode: drawn from V's posterior of a real first frame, or the posterior's mean",
  },
  reward: {
    type: "string",
    default: "auto",
    choices: ["auto", "predicted", "one", "none"],
    doc: "Reward of a step: what M predicts, 1 for staying alive (Doom), or 0 (to look on); auto = what M predicts, or, from an M without that head, what every step of the recorded environment is worth",
  },
  terminated: {
    type: "string",
    default: "predicted",
    choices: ["predicted", "sampled", "never"],
    doc: "End of an episode: where M's logit is above 0, drawn with M's probability, or only at the horizon",
  },
} as const satisfies SettingsSchema;

/** The settings of a dream in force. */
export type DreamSettings = SettingsOf<typeof dreamSettings>;
