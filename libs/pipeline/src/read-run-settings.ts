import { resolveSettings } from "@worldmodels/config";
import { DomainError } from "@worldmodels/errors";
import { findContradictions } from "./find-contradictions.js";
import { presetValues } from "./presets.js";
import { runSettings } from "./settings.js";
import type { RunSettings } from "./settings.js";

/** Tasks that a run can be about. */
const TASKS = ["car-racing"];

/**
 * The settings of a run: the defaults, a preset over them, single changes over that.
 *
 * @param changes setting to value, as text
 * @throws DomainError `invalid-argument` naming everything that is wrong
 */
export function readRunSettings(
  task: string,
  preset: string,
  changes: Readonly<Record<string, string>>,
): RunSettings {
  if (!TASKS.includes(task)) {
    throw new DomainError("invalid-argument", `there is no task "${task}"; known: ${TASKS.join(", ")}`);
  }
  const settings = resolveSettings(runSettings, { ...presetValues(preset), ...changes }, "settings");
  const faults = findContradictions(settings);
  if (faults.length > 0) throw new DomainError("invalid-argument", `settings: ${faults.join("; ")}`);
  return settings;
}
