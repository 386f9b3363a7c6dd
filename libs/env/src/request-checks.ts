import { DomainError } from "@worldmodels/errors";
import type { ActionSpec } from "./spec.js";

/** Whether finite actions outside the bounds are refused here or left to the engine. NaN and ±Infinity are always refused. */
export type ActionBounds = "refuse" | "engine";

const LARGEST_SEED = 2n ** 64n - 1n;
const LARGEST_PICTURE = 4096;

/** The slots of a request; `all` where none are named. Throws `invalid-argument` unless ascending, unique and in range. */
export function checkSlots(
  call: string,
  slots: readonly number[] | undefined,
  all: readonly number[],
): readonly number[] {
  if (slots === undefined) return all;
  if (slots.length === 0) {
    throw new DomainError(
      "invalid-argument",
      `${call}: slots is empty; name a slot, or leave slots out for all`,
    );
  }
  let previous = -1;
  for (const [i, slot] of slots.entries()) {
    checkSlot(call, `slots[${i}]`, slot, all.length);
    if (slot <= previous) {
      throw new DomainError(
        "invalid-argument",
        `${call}: slots[${i}] = ${slot} comes after ${previous}; slots must be ascending, without repeats`,
      );
    }
    previous = slot;
  }
  return [...slots];
}

/** Throws `invalid-argument` unless `slot` is an integer from 0 to `numEnvs - 1`. */
export function checkSlot(call: string, what: string, slot: number, numEnvs: number): void {
  if (Number.isInteger(slot) && slot >= 0 && slot < numEnvs) return;
  throw new DomainError("invalid-argument", `${call}: ${what} = ${slot} is not a slot, 0 to ${numEnvs - 1}`);
}

/**
 * One seed or undefined per row; a single base becomes base + i.
 *
 * @throws DomainError `invalid-argument` where the number of seeds differs from `count` or one is no uint64
 */
export function checkSeeds(
  call: string,
  seeds: bigint | readonly (bigint | undefined)[] | undefined,
  count: number,
): (bigint | undefined)[] {
  if (seeds === undefined) return new Array<undefined>(count).fill(undefined);
  const list =
    typeof seeds === "bigint" ? Array.from({ length: count }, (_, i) => seeds + BigInt(i)) : [...seeds];
  if (list.length !== count) {
    throw new DomainError(
      "invalid-argument",
      `${call}: ${list.length} seeds for ${count} slots; give one per slot, or one base for all`,
    );
  }
  for (const [i, seed] of list.entries()) {
    if (seed === undefined || (typeof seed === "bigint" && seed >= 0n && seed <= LARGEST_SEED)) continue;
    throw new DomainError(
      "invalid-argument",
      `${call}: seeds[${i}] = ${String(seed)} is outside 0 to 2^64 - 1 (seeds are bigints)`,
    );
  }
  return list;
}

/** The observations of a reply. Throws `invalid-argument` for a name not in `offered` and for repeats. */
export function checkNames(
  call: string,
  names: readonly string[] | undefined,
  offered: readonly string[],
): readonly string[] {
  if (names === undefined) return offered;
  for (const [i, name] of names.entries()) {
    if (!offered.includes(name)) {
      const known = offered.length === 0 ? "there are none" : `there are ${offered.join(", ")}`;
      throw new DomainError(
        "invalid-argument",
        `${call}: observation "${name}" is not among those chosen: ${known}`,
      );
    }
    if (names.indexOf(name) !== i) {
      throw new DomainError("invalid-argument", `${call}: observation "${name}" is asked for twice`);
    }
  }
  return names;
}

/** Throws `invalid-argument` unless both are whole numbers of pixels that a picture for people may have. */
export function checkPictureSize(call: string, width: number, height: number): void {
  for (const [what, pixels] of Object.entries({ width, height })) {
    if (Number.isInteger(pixels) && pixels >= 1 && pixels <= LARGEST_PICTURE) continue;
    throw new DomainError(
      "invalid-argument",
      `${call}: ${what} = ${pixels} is not a whole number of pixels from 1 to ${LARGEST_PICTURE}`,
    );
  }
}

/** Checks the actions of one request; made once for an action spec because it runs in every step. */
export type ActionCheck = (actions: Float32Array, slots: readonly number[]) => void;

/**
 * @returns a check that throws `invalid-argument` with slot, index, value and bound at the first bad number.
 * Bounds are compared as float32, so that a bound like 0.1 can be met exactly.
 */
export function createActionCheck(action: ActionSpec, bounds: ActionBounds): ActionCheck {
  const discrete = action.type === "DISCRETE";
  const size = discrete ? 1 : action.size;
  const low = Float32Array.from(discrete ? [0] : action.low);
  const high = Float32Array.from(discrete ? [action.count - 1] : action.high);
  const isGood = (value: number, index: number): boolean => {
    if (!Number.isFinite(value) || (discrete && !Number.isInteger(value))) return false;
    if (bounds === "engine" && !discrete) return true;
    return value >= (low[index] ?? -Infinity) && value <= (high[index] ?? Infinity);
  };
  const refuse = (value: number, index: number, slot: number): DomainError => {
    const what = `action[${index}] of slot ${slot} = ${value}`;
    const range = `[${low[index]}, ${high[index]}]`;
    const name = discrete ? "" : ` (${action.names[index] ?? ""})`;
    const why = !Number.isFinite(value)
      ? "is not a finite number"
      : discrete
        ? `is not a whole number from 0 to ${action.count - 1}`
        : `is outside ${range}`;
    return new DomainError("invalid-argument", `step: ${what}${name} ${why}; no slot has moved`);
  };
  return (actions, slots) => {
    if (actions.length !== slots.length * size) {
      throw new DomainError(
        "invalid-argument",
        `step: ${actions.length} numbers of action for ${slots.length} slots; ${slots.length * size} are needed, ` +
          `${size} per slot`,
      );
    }
    for (let i = 0; i < actions.length; i++) {
      const value = actions[i] ?? NaN;
      const index = i % size;
      if (!isGood(value, index)) throw refuse(value, index, slots[(i - index) / size] ?? -1);
    }
  };
}
