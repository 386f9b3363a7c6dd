import { describeSetting } from "@worldmodels/config";
import { presets, runSettings } from "@worldmodels/pipeline";

/** The part of `train --help` that teaches the presets and every setting with its type, bounds and default. */
export function describeRunSettings(): string {
  const presetLines = Object.entries(presets).map(([name, { about }]) => `  ${name.padEnd(8)} ${about}`);
  const width = Math.max(...Object.keys(runSettings).map((name) => name.length));
  const settingLines = Object.entries(runSettings).map(
    ([name, setting]) =>
      `  ${name.padEnd(width)}  ${setting.doc}\n  ${" ".repeat(width)}  (${describeSetting(setting)})`,
  );
  return [
    "",
    "Presets:",
    ...presetLines,
    "",
    "Settings for --set (the defaults are the paper's; a preset changes some):",
    ...settingLines,
    "",
    "Examples:",
    "  worldmodels train car-racing --preset smoke --run-dir /tmp/smoke",
    "  worldmodels train car-racing --set controller.features=z --run-dir runs/z-only",
    '  worldmodels train car-racing --set evolve.env="dream?temperature=1.15" --run-dir runs/dreamer',
  ].join("\n");
}
