import { resolveSettings } from "@worldmodels/config";
import { DomainError } from "@worldmodels/errors";
import { findContradictions } from "./find-contradictions.js";
import { withEnvSetting } from "./env-uri-settings.js";
import { presetValues } from "./tasks/tasks.js";
import { runSettings } from "./settings.js";
import type { RunSettings } from "./settings.js";

/**
 * The settings of a run: the defaults, a task and a preset over them, single changes over that.
 *
 * @param changes setting to value, as text; a setting of an environment's own is named after it, as in
 *   `evolve.env.temperature`
 * @throws DomainError `invalid-argument` naming everything that is wrong
 */
export function readRunSettings(
  task: string,
  preset: string,
  changes: Readonly<Record<string, string>>,
): RunSettings {
  const given = withEnvSettings({ ...presetValues(task, preset), ...changes });
  const settings = resolveSettings(runSettings, given, "settings");
  const faults = findContradictions(settings);
  if (faults.length > 0) throw new DomainError("invalid-argument", `settings: ${faults.join("; ")}`);
  return settings;
}

/** Takes `collect.env.KEY`, `evolve.env.KEY` and `evaluate.env.KEY` into the environments' URIs. */
function withEnvSettings(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const ofEnvs = Object.entries(values).map(([name, value]) => {
    const [, env, key] = /^((?:collect|evolve|evaluate)\.env)\.(.+)$/.exec(name) ?? [];
    return { name, value, env: env as "evolve.env" | undefined, key };
  });
  const given = Object.fromEntries(ofEnvs.filter(({ env }) => !env).map(({ name, value }) => [name, value]));
  for (const { env, key, value } of ofEnvs) {
    if (env === undefined || key === undefined) continue;
    const uri = given[env];
    const base = typeof uri === "string" ? uri : runSettings[env].default;
    given[env] = withEnvSetting(base, key, String(value));
  }
  return given;
}
