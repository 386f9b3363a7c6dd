import type { RunSettings } from "../settings.js";

/** What `--preset` can name, from least to most spent. */
export type PresetName = "smoke" | "quick" | "desk" | "paper";

export interface Preset {
  /** One line for help pages. */
  readonly about: string;
  /** What it changes of the task's settings. */
  readonly values: Partial<RunSettings>;
}

/** A game to learn, as data: everything in which one differs from another is a setting. */
export interface Task {
  /** One line for help pages. */
  readonly about: string;
  /** What it changes of the defaults of settings.ts. */
  readonly values: Partial<RunSettings>;
  readonly presets: Readonly<Record<PresetName, Preset>>;
  /** What a report compares with. */
  readonly goal: {
    /** Mean score that counts as success. */
    readonly score: number;
    readonly published: { readonly label: string; readonly mean: number; readonly sd: number };
  };
}
