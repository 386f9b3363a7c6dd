import { seedSequence } from "@worldmodels/rng";
import type { SeedSequence } from "@worldmodels/rng";

/** First coordinate of everything random in a run, so that no two uses share a stream. Never renumber. */
const purposes = {
  collectTracks: 0,
  collectPolicies: 1,
  vaeWeights: 2,
  vaeBatches: 3,
  mdnRnnWeights: 4,
  mdnRnnBatches: 5,
  candidates: 6,
  evolveTracks: 7,
  heldOutTracks: 8,
  evaluateTracks: 9,
  randomPolicies: 10,
  report: 11,
  vaeFrames: 12,
  mdnRnnEpisodes: 13,
} as const;

/** The random stream of one piece of work: the root seed, what it is for, and its coordinates. */
export function streamOf(
  seed: bigint,
  purpose: keyof typeof purposes,
  ...coordinates: number[]
): SeedSequence {
  return seedSequence(seed).child(purposes[purpose], ...coordinates);
}

/** A seed for an environment's reset: 32 bits, so that people and other programs can use it as it is. */
export function environmentSeed(
  seed: bigint,
  purpose: keyof typeof purposes,
  ...coordinates: number[]
): bigint {
  return BigInt(streamOf(seed, purpose, ...coordinates).generateState(1)[0] ?? 0);
}
