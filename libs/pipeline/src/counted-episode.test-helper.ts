import type { LatentEpisode } from "@worldmodels/episodes";

export const countedSizes = { latentDim: 2, actionSize: 1 };

/** Episode `number` of `length` steps: every value says where it came from, `100 * number + step`. */
export function countedEpisode(number: number, length: number, terminated: boolean): LatentEpisode {
  const values = Array.from({ length }, (_, step) => 100 * number + step);
  const lastOnly = (flag: boolean) =>
    Uint8Array.from(values, (_, step) => (flag && step === length - 1 ? 1 : 0));
  return {
    mean: Float32Array.from(values.flatMap((value) => [value, -value])),
    logVariance: new Float32Array(2 * length),
    actions: Float32Array.from(values),
    rewards: Float64Array.from(values),
    terminated: lastOnly(terminated),
    truncated: lastOnly(!terminated),
    seed: BigInt(number),
  };
}
