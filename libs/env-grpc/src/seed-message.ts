import { DomainError } from "@worldmodels/errors";
import type { Seeds } from "@worldmodels/proto/env";

/** Seeds as VectorEnv has them: one base for all, or one or none per slot. */
export type SeedsGiven = bigint | readonly (bigint | undefined)[];

/** @param seeds each from 0 to 2^64 - 1 */
export function seedsToMessage(seeds: SeedsGiven | undefined): Seeds | undefined {
  if (seeds === undefined) return undefined;
  if (typeof seeds === "bigint") return { seeds: { $case: "base", value: seeds } };
  const seeded = seeds.includes(undefined)
    ? Uint8Array.from(seeds, (seed) => (seed === undefined ? 0 : 1))
    : new Uint8Array(0);
  return { seeds: { $case: "each", value: { seeds: seeds.map((seed) => seed ?? 0n), seeded } } };
}

/** @throws DomainError `invalid-argument` where `seeded` does not go with the seeds */
export function readSeeds(call: string, message: Seeds | undefined): SeedsGiven | undefined {
  const given = message?.seeds;
  if (given?.$case !== "each") return given?.value;
  const { seeds, seeded } = given.value;
  if (seeded.length === 0) return seeds;
  if (seeded.length !== seeds.length) {
    throw new DomainError(
      "invalid-argument",
      `${call}: seeds.each.seeded has ${seeded.length} bytes for ${seeds.length} seeds; give one per seed, or none`,
    );
  }
  return seeds.map((seed, i) => (seeded[i] === 0 ? undefined : seed));
}
