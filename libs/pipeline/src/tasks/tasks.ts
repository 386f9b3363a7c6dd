import { nearestWord } from "@worldmodels/config";
import { DomainError } from "@worldmodels/errors";
import type { RunSettings } from "../settings.js";
import { carRacing } from "./car-racing.js";
import { takeCover } from "./take-cover.js";
import type { Task } from "./task.js";

/** The games that `train` and `sweep` know, by the name that they are given there. */
export const tasks = { "car-racing": carRacing, "take-cover": takeCover } as const satisfies Readonly<
  Record<string, Task>
>;

/**
 * What a task and a preset of it change of the defaults.
 *
 * @throws DomainError `invalid-argument` for a name that there is not, with the known ones
 */
export function presetValues(taskName: string, presetName: string): Partial<RunSettings> {
  const task = findTask(taskName);
  return { ...task.values, ...find(task.presets, "preset", presetName).values };
}

/** @throws DomainError `invalid-argument` for a name that there is not, with the known ones */
export function findTask(name: string): Task {
  return find<Task>(tasks, "task", name);
}

function find<T>(table: Readonly<Record<string, T>>, what: string, name: string): T {
  const found = table[name];
  if (found !== undefined && Object.hasOwn(table, name)) return found;
  const known = Object.keys(table);
  const nearest = nearestWord(name, known);
  throw new DomainError(
    "invalid-argument",
    `there is no ${what} "${name}"${nearest === undefined ? "" : ` (did you mean ${nearest}?)`}; known: ${known.join(", ")}`,
  );
}
