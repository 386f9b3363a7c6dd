import type { StageContext } from "@worldmodels/jobs";
import { createRemoteRolloutPool } from "@worldmodels/rollout-grpc";
import { createRolloutPool } from "@worldmodels/rollout-pool";
import type { RolloutPool, RolloutSetup } from "@worldmodels/rollout-pool";

/**
 * What plays a stage's episodes: rollout services where the job's execution names some, else worker processes of its own.
 * Which of them never changes a result.
 *
 * @param onDeath told a sentence when one of them has died and what it had in hand is played again
 * @returns the caller closes it
 */
export function openRollouts(
  setup: RolloutSetup,
  { workers, rollouts = [] }: StageContext["execution"],
  onDeath: (sentence: string) => void,
): RolloutPool {
  if (rollouts.length === 0) return createRolloutPool(setup, { workers, onDeath });
  return createRemoteRolloutPool(setup, { addresses: rollouts, onDeath });
}
