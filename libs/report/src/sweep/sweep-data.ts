/** All that the page of a sweep shows, as plain data. */
export interface SweepData {
  /** One line, e.g. `take-cover, preset quick: a sweep`. */
  readonly title: string;
  /** Names of the settings that vary, in the order of the grid; the seed is not among them. */
  readonly axes: readonly string[];
  /** How many points the grid has; `rows` has those that have run so far. */
  readonly points: number;
  readonly rows: readonly SweepDataRow[];
  /** The command that makes the whole sweep. */
  readonly command: string;
}

/** A row, and where the report of its run is. */
export type SweepDataRow = SweepRow & { readonly report: string };

/** What a point of a sweep came to: figures, or why there are none. */
export type SweepRow = SweepRowHead & (SweepFigures | SweepFailure);

export interface SweepRowHead {
  /** Name of its run folder. */
  readonly point: string;
  /** The settings that vary. */
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  /** Root seed; text from 2^53 on, where a JSON number would lose digits. */
  readonly seed: number | string;
  /** The command that makes this run alone. */
  readonly command: string;
}

export interface SweepFailure {
  /** Why the run failed, one sentence. */
  readonly error: string;
}

export interface SweepFigures {
  /** Returns of the evolved controller in the dream that it was evolved in; null where it was not played there. */
  readonly dreamMean: number | null;
  /** Standard deviation over the episodes, as the others. */
  readonly dreamSd: number | null;
  /** In the environment of the evaluation. */
  readonly realMean: number;
  readonly realSd: number;
  /** The random policy there. */
  readonly randomMean: number;
  /** Of each of the means. */
  readonly episodes: number;
  /** Seed of the reset of the evaluation's first episode. */
  readonly firstSeed: number;
  /** Steps that evolution spent on candidates. */
  readonly environmentSteps: number;
  /** Working time of all stages of the run, those that it shares with other points included. */
  readonly wallSeconds: number;
}

/** Whether a point has run to its end. */
export function hasFigures<T extends SweepRow>(row: T): row is Extract<T, SweepFigures> {
  return !("error" in row);
}
