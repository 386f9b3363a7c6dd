import { describeSetting } from "@worldmodels/config";
import { runSettings, tasks } from "@worldmodels/pipeline";
import type { Task } from "@worldmodels/pipeline";

/** The part of `train --help` that teaches the presets and every setting with its type, bounds and default. */
export function describeRunSettings(): string {
  const taskLines = Object.entries<Task>(tasks).flatMap(([name, { about, presets }]) => [
    `  ${name}: ${about}`,
    ...Object.entries(presets).map(([preset, each]) => `    ${preset.padEnd(8)} ${each.about}`),
  ]);
  const width = Math.max(...Object.keys(runSettings).map((name) => name.length));
  const settingLines = Object.entries(runSettings).map(
    ([name, setting]) =>
      `  ${name.padEnd(width)}  ${setting.doc}\n  ${" ".repeat(width)}  (${describeSetting(setting)})`,
  );
  return [
    "",
    "Tasks and their presets:",
    ...taskLines,
    "",
    "Settings for --set (the defaults are the paper's for CarRacing; a task and a preset change some).",
    "A setting of an environment's own is named after it, as in evolve.env.temperature=1.15:",
    ...settingLines,
    "",
    "Examples:",
    "  worldmodels train car-racing --preset smoke --run-dir /tmp/smoke",
    "  worldmodels train car-racing --set controller.features=z --run-dir runs/z-only",
    '  worldmodels train car-racing --set evolve.env="dream?temperature=1.15" --run-dir runs/dreamer',
    "  worldmodels train take-cover --set evolve.env.temperature=1.3 --run-dir runs/warm",
  ].join("\n");
}
