import { canonicalJson } from "@worldmodels/artifacts";
import type { SettingValue } from "@worldmodels/config";
import { DomainError, isDomainError } from "@worldmodels/errors";
import { readRunSettings } from "../read-run-settings.js";
import { runSettings } from "../settings.js";
import type { RunSettings } from "../settings.js";
import { namePoints } from "./name-points.js";
import { meaning } from "./sweep-axes.js";
import type { SweepAxis } from "./sweep-axes.js";

/** More points than this are a slip of the keyboard. */
export const MOST_POINTS = 1000;

export interface SweepPlanOptions {
  readonly task: string;
  readonly preset: string;
  readonly axes: readonly SweepAxis[];
  /** At least one, each from 0 to 2^64 - 1. */
  readonly seeds: readonly bigint[];
}

/** One run of a sweep. */
export interface SweepPoint {
  /** Of its folder. */
  readonly name: string;
  /** The settings that vary, by their names in `--set`. */
  readonly varied: Readonly<Record<string, SettingValue>>;
  /** All that `--set` changes here, as text. */
  readonly changes: Readonly<Record<string, string>>;
  readonly seed: bigint;
  readonly settings: RunSettings;
}

/**
 * The points of a grid, checked: seed by seed, the last setting changing fastest.
 *
 * @throws DomainError `invalid-argument` naming everything that is wrong with any point
 */
export function planSweep({ task, preset, axes, seeds }: SweepPlanOptions): SweepPoint[] {
  const count = axes.reduce((product, { values }) => product * values.length, seeds.length);
  if (count > MOST_POINTS) {
    const sizes = [...axes.map(({ values }) => values.length), seeds.length].join(" × ");
    throw new DomainError(
      "invalid-argument",
      `sweep: ${sizes} are ${count} points, more than ${MOST_POINTS}; give fewer values, or sweep in parts`,
    );
  }
  const twice = seeds.find((seed, index) => seeds.indexOf(seed) < index);
  if (twice !== undefined) {
    throw new DomainError("invalid-argument", `sweep: the seed ${twice} is given more than once`);
  }
  const runs = readAll(task, preset, combine(axes));
  const varying = axes.filter(({ values }) => values.length > 1).map(({ key }) => key);
  const drafts = seeds.flatMap((seed) => runs.map((run) => ({ seed, ...run })));
  const names = namePoints(
    drafts.map(({ seed, changes }) => {
      const values = varying.map((key) => [key, changes[key] ?? ""] as const);
      return seeds.length > 1 || values.length === 0 ? [...values, ["seed", String(seed)] as const] : values;
    }),
  );
  return drafts.map((draft, index) => ({
    name: names[index] ?? "",
    varied: Object.fromEntries(varying.map((key) => [key, valueOf(key, draft)])),
    ...draft,
  }));
}

/** Every combination of the axes' values. */
function combine(axes: readonly SweepAxis[]): Record<string, string>[] {
  return axes.reduce<Record<string, string>[]>(
    (combinations, { key, values }) =>
      combinations.flatMap((changes) =>
        values.map((value) => Object.fromEntries([...Object.entries(changes), [key, value]])),
      ),
    [{}],
  );
}

type Run = Pick<SweepPoint, "changes" | "settings">;

/** Every combination with its settings, or one error that names each fault of any of them once. */
function readAll(task: string, preset: string, combinations: readonly Run["changes"][]): Run[] {
  const faults = new Set<string>();
  const runs = combinations.flatMap((changes): Run[] => {
    try {
      return [{ changes, settings: readRunSettings(task, preset, changes) }];
    } catch (error) {
      if (!isDomainError(error)) throw error;
      for (const part of error.message.replace(/^settings: /, "").split("; ")) faults.add(part);
      return [];
    }
  });
  const seen = new Map<string, Run>();
  for (const run of runs) {
    const text = canonicalJson(run.settings);
    const earlier = seen.get(text);
    seen.set(text, earlier ?? run);
    if (earlier === undefined) continue;
    faults.add(`${describeChanges(earlier)} and ${describeChanges(run)} are the same run; give it once`);
  }
  if (faults.size > 0) throw new DomainError("invalid-argument", `sweep: ${[...faults].join("; ")}`);
  return runs;
}

function describeChanges({ changes }: Run): string {
  return Object.entries(changes)
    .map(([key, value]) => `${key}=${value}`)
    .join(" ");
}

/** With its type: a setting's own, or, for a setting of an environment, a number where it is one. */
function valueOf(key: string, { settings, changes }: Pick<SweepPoint, "settings" | "changes">): SettingValue {
  const isRunSetting = Object.hasOwn(runSettings, key);
  return isRunSetting ? settings[key as keyof RunSettings] : meaning(changes[key] ?? "");
}
