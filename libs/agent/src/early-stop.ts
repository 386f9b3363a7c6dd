/**
 * Ends episodes of a learner that has stopped getting anywhere. For fitness in evolution only: an evaluation
 * plays every episode to its end.
 *
 * A reward above 0 is taken for progress: in CarRacing a step costs 0.1 and a new tile pays 1000 / N, over 3.
 */
export interface EarlyStop {
  /** Steps without a reward above 0 after which the episode is stopped. */
  readonly patience: number;
  /** Reward of a step without progress, which a stopped episode is charged for every step that it leaves out. */
  readonly idleReward: number;
  /**
   * Reward of the step that fails the task (CarRacing: leaving the field). It is cancelled, and the rest charged as if
   * the car had stood still, so that stopping early and failing cost the same; otherwise an early population
   * learns first of all to brake.
   */
  readonly failureReward: number;
}

/** Measured in a prototype on CarRacing: mean score 805 after 0.49 M steps with it, 448 after 0.62 M without (one seed each). */
export const carRacingEarlyStop: EarlyStop = { patience: 50, idleReward: -0.1, failureReward: -100 };

/**
 * What an episode's return would be had its slot stood still from its stop or failure to the step limit.
 * Episodes that ended otherwise keep their return.
 */
export function penalisedReturn(
  episode: {
    readonly return: number;
    readonly length: number;
    readonly lastReward: number;
    readonly ending: "terminated" | "truncated" | "stopped-early";
  },
  earlyStop: EarlyStop,
  stepLimit: number,
): number {
  const missing = stepLimit - episode.length;
  if (episode.ending === "stopped-early") return episode.return + earlyStop.idleReward * missing;
  if (episode.ending === "terminated" && episode.lastReward <= earlyStop.failureReward) {
    // The failing step has no other reward than its penalty, so it is charged like those after it.
    return episode.return - episode.lastReward + earlyStop.idleReward * (missing + 1);
  }
  return episode.return;
}
