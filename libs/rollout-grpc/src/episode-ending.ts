import { Ending } from "@worldmodels/proto/rollout";
import type { RolloutResult } from "@worldmodels/rollout-pool";

/** How an episode ended, as messages say it; the one table, read in both directions. */
const ENDINGS: Readonly<Record<RolloutResult["ending"], Ending>> = {
  terminated: Ending.ENDING_TERMINATED,
  truncated: Ending.ENDING_TRUNCATED,
  "stopped-early": Ending.ENDING_STOPPED_EARLY,
};

export function toWireEnding(ending: RolloutResult["ending"]): Ending {
  return ENDINGS[ending];
}

/** @returns undefined for what this version does not know */
export function fromWireEnding(wire: Ending): RolloutResult["ending"] | undefined {
  return (Object.keys(ENDINGS) as RolloutResult["ending"][]).find((ending) => ENDINGS[ending] === wire);
}
