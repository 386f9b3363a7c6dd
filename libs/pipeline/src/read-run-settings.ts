import { resolveSettings } from "@worldmodels/config";
import { checkEnvUri } from "@worldmodels/environments";
import { DomainError } from "@worldmodels/errors";
import { checkRunEnv } from "./own-dream.js";
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
  checkEnvUri(settings["collect.env"]);
  checkRunEnv("evolve.env", settings);
  checkRunEnv("evaluate.env", settings);
  if (settings["evolve.explore_steps"] + settings["evolve.refine_steps"] === 0) {
    throw new DomainError(
      "invalid-argument",
      "evolve.explore_steps and evolve.refine_steps are both 0; give one of them steps to spend",
    );
  }
  return settings;
}
