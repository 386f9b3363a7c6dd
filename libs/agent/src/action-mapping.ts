import { DomainError } from "@worldmodels/errors";
import type { ActionSpec } from "@worldmodels/env";

/**
 * How C's numbers u, each within [-1, 1], become an action. Plain JSON data, so that it can be stored with C.
 *
 * BOX: number i is `clip(scale * u[i] + offset, low, high)`. ARGMAX: the index of the greatest of `count` numbers, the
 * first of equals. THRESHOLDS: one number; the choice at the place given by how many thresholds lie below it.
 */
export type ActionMapping =
  | { readonly type: "BOX"; readonly outputs: readonly BoxOutput[] }
  | { readonly type: "ARGMAX"; readonly count: number }
  | {
      readonly type: "THRESHOLDS";
      readonly thresholds: readonly number[];
      readonly choices: readonly number[];
    };

export interface BoxOutput {
  readonly scale: number;
  readonly offset: number;
  readonly low: number;
  readonly high: number;
}

/** The paper's CarRacing: steer u0, gas (u1 + 1) / 2, brake clip(u2, 0, 1), so that half of all u do not brake. */
export const carRacingMapping: ActionMapping = {
  type: "BOX",
  outputs: [
    { scale: 1, offset: 0, low: -1, high: 1 },
    { scale: 0.5, offset: 0.5, low: 0, high: 1 },
    { scale: 1, offset: 0, low: 0, high: 1 },
  ],
};

/** One number left, none or right, split at ±1/3, for a DISCRETE stand-in of the paper's Doom action; `choices` are theirs. */
export function thirdsMapping(
  choices: readonly [left: number, middle: number, right: number],
): ActionMapping {
  return { type: "THRESHOLDS", thresholds: [-1 / 3, 1 / 3], choices };
}

/**
 * The mapping for an environment about which nothing else is said: the paper's where the action is steer, gas and
 * brake; [-1, 1] stretched over the bounds of any other BOX (the identity for Doom's scalar); ARGMAX where it is DISCRETE.
 */
export function defaultActionMapping(action: ActionSpec): ActionMapping {
  if (action.type === "DISCRETE") return { type: "ARGMAX", count: action.count };
  if (action.names.join() === "steer,gas,brake") return carRacingMapping;
  return {
    type: "BOX",
    outputs: Array.from({ length: action.size }, (_, i) => {
      const low = action.low[i] ?? NaN;
      const high = action.high[i] ?? NaN;
      if (!Number.isFinite(high - low)) {
        throw new DomainError(
          "invalid-argument",
          `action[${i}] has bounds [${low}, ${high}]; C's [-1, 1] can only be stretched over finite bounds, give a mapping`,
        );
      }
      return { scale: (high - low) / 2, offset: (high + low) / 2, low, high };
    }),
  };
}

/** How many numbers u has under this mapping. */
export function outputSizeOf(mapping: ActionMapping): number {
  return mapping.type === "BOX" ? mapping.outputs.length : mapping.type === "ARGMAX" ? mapping.count : 1;
}

/** How many numbers an action has under this mapping. */
export function actionSizeOf(mapping: ActionMapping): number {
  return mapping.type === "BOX" ? mapping.outputs.length : 1;
}

/**
 * Turns rows of u into rows of actions.
 *
 * @param u `[rows, outputSizeOf(mapping)]`
 * @param actions `[rows, actionSizeOf(mapping)]`, written; what the environment and M are given
 */
export function mapActions(mapping: ActionMapping, u: Float32Array, actions: Float32Array): void {
  switch (mapping.type) {
    case "BOX": {
      const { outputs } = mapping;
      const rows = actions.length / outputs.length;
      outputs.forEach(({ scale, offset, low, high }, i) => {
        for (let row = 0; row < rows; row++) {
          const at = row * outputs.length + i;
          actions[at] = Math.min(Math.max(scale * (u[at] ?? 0) + offset, low), high);
        }
      });
      return;
    }
    case "ARGMAX": {
      for (let row = 0; row < actions.length; row++) {
        const scores = u.subarray(row * mapping.count, (row + 1) * mapping.count);
        actions[row] = scores.indexOf(Math.max(...scores));
      }
      return;
    }
    case "THRESHOLDS": {
      for (let row = 0; row < actions.length; row++) {
        const place = mapping.thresholds.filter((threshold) => (u[row] ?? 0) > threshold).length;
        actions[row] = mapping.choices[place] ?? 0;
      }
      return;
    }
  }
}
