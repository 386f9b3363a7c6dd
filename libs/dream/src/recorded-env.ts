import type { EnvSpec } from "@worldmodels/env";
import type { MdnRnnConfig } from "@worldmodels/mdn-rnn";
import { assertHeads } from "./dream-model.js";
import type { DreamSettings } from "./dream-settings.js";

/** What a dream must know of the environment that M was recorded from: all that M and V do not say. */
export type RecordedEnv = Pick<EnvSpec, "action" | "tickSeconds" | "rewardRange" | "maxEpisodeSteps">;

/** Horizon of a dream whose settings name none, of an environment that has none: CarRacing's. */
const DEFAULT_HORIZON = 1000;

/** What a dream's settings come to for its M and the environment that was recorded. */
export interface DreamRules {
  /** Reward of every step, or undefined where M predicts it. */
  readonly constantReward: number | undefined;
  /** How an episode ends before the horizon. */
  readonly terminated: DreamSettings["terminated"];
  /** Steps after which an episode is cut off. */
  readonly maxEpisodeSteps: number;
  /** The settings in force, with nothing left to be looked up where a word for it exists. */
  readonly settings: DreamSettings;
}

/** @throws DomainError `failed-precondition` where the settings need a head that M lacks */
export function dreamRules(
  config: MdnRnnConfig,
  recorded: Pick<RecordedEnv, "rewardRange" | "maxEpisodeSteps">,
  settings: DreamSettings,
): DreamRules {
  assertHeads(config, settings, recorded.rewardRange);
  const maxEpisodeSteps = settings.max_episode_steps || (recorded.maxEpisodeSteps ?? DEFAULT_HORIZON);
  const reward = rewardWord(config, recorded.rewardRange, settings.reward);
  return {
    constantReward: { predicted: undefined, auto: recorded.rewardRange[0], one: 1, none: 0 }[reward],
    terminated: settings.terminated,
    maxEpisodeSteps,
    settings: { ...settings, reward, max_episode_steps: maxEpisodeSteps },
  };
}

/** `auto` stays only where every step is worth the same number, and that is neither 1 nor 0. */
function rewardWord(
  { rewardHead }: MdnRnnConfig,
  [worth]: EnvSpec["rewardRange"],
  reward: DreamSettings["reward"],
): DreamSettings["reward"] {
  if (reward !== "auto") return reward;
  if (rewardHead) return "predicted";
  return worth === 1 ? "one" : worth === 0 ? "none" : "auto";
}
