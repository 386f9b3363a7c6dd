import type { Rng } from "./rng.js";

/**
 * Fisher and Yates' shuffle, in place: every order is as likely as any other.
 *
 * @param values an array, or a typed one; its elements change places
 * @param rng consumed as `integers(i + 1)` for each i from the last place down to 1
 */
export function shuffle<T>(values: { readonly length: number; [place: number]: T }, rng: Rng): void {
  for (let i = values.length - 1; i > 0; i--) {
    const j = rng.integers(i + 1);
    const value = values[i] as T;
    values[i] = values[j] as T;
    values[j] = value;
  }
}
