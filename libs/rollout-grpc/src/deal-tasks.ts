import type { RolloutTask } from "@worldmodels/rollout-pool";
import { MOST_TASKS } from "./read-evaluate-request.js";

/** Controllers of one call, bytes: well below the 64 MiB that a service takes by default. */
const MOST_BYTES = 32 * 2 ** 20;

/** Of its share of a list, what a service is given at once; the rest evens out what was guessed wrong. */
const FIRST_PART = 3 / 4;

/**
 * How many tasks a service that is free is given. A call that has few tasks left leaves slots empty until its last episode
 * ends, so there are few calls: one for a short list, two or three for a long one.
 *
 * @param share of all services' speed that this one has, above 0, 1 where it is alone
 * @param slots environments that one of its workers steps together: fewer episodes than that are not worth a call
 */
export function dealSize(list: {
  readonly total: number;
  readonly pending: number;
  readonly share: number;
  readonly isFirst: boolean;
  readonly slots: number;
}): number {
  const { total, pending, share, isFirst, slots } = list;
  if (share >= 1) return pending;
  const fair = share * (isFirst ? total : pending);
  const keepsRest = isFirst && fair * (1 - FIRST_PART) >= slots;
  const size = keepsRest ? FIRST_PART * fair : isFirst ? fair : Math.max(fair, slots);
  return Math.min(Math.ceil(size), pending);
}

/** Takes places off the front of `pending`: `size` of them, or as many as fit into a message. */
export function takeTasks(pending: number[], tasks: readonly RolloutTask[], size: number): number[] {
  const controllers = new Set<Float64Array>();
  let bytes = 0;
  let count = 0;
  for (const place of pending.slice(0, Math.min(size, MOST_TASKS))) {
    const controller = tasks[place]?.controller;
    if (controller !== undefined && !controllers.has(controller)) {
      controllers.add(controller);
      bytes += controller.byteLength;
      if (bytes > MOST_BYTES && count > 0) break;
    }
    count++;
  }
  return pending.splice(0, count);
}
