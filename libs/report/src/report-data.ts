/**
 * All that a report can show, as plain data. Sections are optional: a run that has no dream has no `dreams`, and
 * the report says so. Pictures are uint8 RGB.
 */
export interface ReportData {
  /** One line, e.g. `CarRacing-v3, preset quick`. */
  readonly title: string;
  /** Name of the run folder. */
  readonly run: string;
  /** When the run ended, as it is to be read, e.g. `2026-11-23 19:30 UTC`. */
  readonly finishedAt?: string;
  readonly result?: ResultData;
  readonly learning?: LearningData;
  readonly vision?: VisionData;
  readonly memory?: MemoryData;
  readonly dreams?: readonly DreamData[];
  /** The same player in one or more environments, watched side by side; in the order to show. */
  readonly films?: readonly FilmData[];
  /** What a controller that was evolved in a dream got there, and what it got in the game. */
  readonly dreamedReturns?: DreamedReturnsData;
  /** How far M's dreams go from what really followed. */
  readonly parting?: PartingData;
  /** M's foresight of the ends of episodes. */
  readonly endings?: EndingsData;
  readonly timings?: readonly StageTiming[];
  /** In the order to show. */
  readonly settings?: readonly SettingRow[];
  /** Software, backend, machine: name and value. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Root seed and whatever was derived from it: name and value. */
  readonly seeds?: Readonly<Record<string, string>>;
  /** Shell lines that make this run again. */
  readonly reproduce?: readonly string[];
  /** What went wrong or falls short, one sentence each; shown near the top, before what the report itself finds. */
  readonly problems?: readonly string[];
}

/** Scores of C's mean policy in episodes that nothing was trained or selected on. */
export interface ResultData {
  readonly scores: readonly EpisodeScore[];
  /** The same episodes, or as many others, played at random. */
  readonly random?: readonly EpisodeScore[];
  /** What counts as success, e.g. 900 for CarRacing. */
  readonly target?: number;
  /** A published number to compare with. */
  readonly published?: { readonly label: string; readonly mean: number; readonly sd: number };
}

export interface EpisodeScore {
  /** Seed of the environment's reset. */
  readonly seed: number;
  readonly score: number;
  /** Steps of the episode. */
  readonly steps: number;
  /** How the episode ended, e.g. `lap finished`, `left the field`, `time over`. */
  readonly ending?: string;
}

/** The evolution of C. */
export interface LearningData {
  /** Where, as the settings say it, e.g. `dream?temperature=1.15`. */
  readonly env?: string;
  readonly generations: readonly GenerationPoint[];
  /** Evaluations of the distribution mean in held-out episodes. */
  readonly evaluations: readonly EvaluationPoint[];
}

export interface GenerationPoint {
  readonly generation: number;
  /** Environment steps spent so far, this generation included. */
  readonly environmentSteps: number;
  readonly lowest: number;
  readonly mean: number;
  readonly highest: number;
  readonly sigma: number;
  /** Name of the phase, e.g. `explore`; a change is marked in the plot. */
  readonly phase?: string;
}

export interface EvaluationPoint {
  readonly generation: number;
  readonly environmentSteps: number;
  readonly mean: number;
  /** Standard deviation over episodes. */
  readonly sd: number;
  readonly episodes: number;
}

/** One quantity over training. */
export interface LossCurve {
  /** E.g. `reconstruction`. */
  readonly name: string;
  /** E.g. `squared error per frame`. */
  readonly unit: string;
  readonly train: readonly LossPoint[];
  readonly heldOut?: readonly LossPoint[];
}

export interface LossPoint {
  readonly step: number;
  readonly value: number;
}

export interface VisionData {
  readonly losses: readonly LossCurve[];
  /** Frames that V was not trained on. */
  readonly frames?: Pictures;
  /** V's pictures of them, as many and of the same size. */
  readonly reconstructions?: Pictures;
}

export interface MemoryData {
  readonly losses: readonly LossCurve[];
}

/** What followed one moment: in reality, and in M's dreams from the same latent and the same actions. */
export interface DreamData {
  /** E.g. `episode of seed 7, from step 240`. */
  readonly label: string;
  /** Steps between two pictures of a strip. */
  readonly stepsApart: number;
  readonly real: Pictures;
  readonly dreamed: readonly { readonly temperature: number; readonly pictures: Pictures }[];
}

/** One played episode. */
export interface FilmData {
  /** Where it was played, in a few words, e.g. `the game, CarRacing-v3`. */
  readonly title: string;
  readonly label: string;
  readonly frames: Pictures;
  /** Step of the episode that each frame shows: `[frames]`, ascending. */
  readonly steps: readonly number[];
  /** Reward up to each frame: `[frames]`. */
  readonly rewardSoFar: readonly number[];
  readonly actionNames: readonly string[];
  /** The action taken at each frame, each number in [-1, 1]: `[frames][actionNames]`. */
  readonly actions: readonly (readonly number[])[];
  /** Steps per second of simulated time, e.g. 50; one for all films of a report. */
  readonly stepsPerSecond: number;
}

/** Returns of one controller in two environments, over episodes that nothing was trained or selected on. */
export interface DreamedReturnsData {
  /** As the settings say the dream, e.g. `dream?temperature=1.15`. */
  readonly dream: string;
  readonly dreamed: readonly number[];
  /** As the settings say the game. */
  readonly game: string;
  readonly real: readonly number[];
}

/** Median and quartiles of a sample. */
export interface Quartiles {
  readonly lower: number;
  readonly median: number;
  readonly upper: number;
}

/**
 * M watched the game up to a moment and dreamed on with the actions that were really taken. Distances are root mean
 * squares over V's active latent dimensions, in the latent's own unit.
 */
export interface PartingData {
  readonly moments: number;
  /** Episodes that the moments lie in; none was trained on. */
  readonly episodes: number;
  readonly temperature: number;
  /** Latent dimensions that V uses, of how many. */
  readonly activeDims: number;
  readonly latentDim: number;
  /** Distance between the z that M expects, from its dream so far, and the real z, after 1, 2, ... steps. */
  readonly dreamed: readonly Quartiles[];
  /** Distance between the real z and the last that M saw, after as many steps: what standing still would give. */
  readonly still: readonly Quartiles[];
  /** Distance between two frames drawn at random. */
  readonly unrelated: Quartiles;
}

/** What M, watching the game, says of the end of the episode within the next step, against what came. */
export interface EndingsData {
  /** Episodes watched; none was trained on. */
  readonly episodes: number;
  readonly steps: number;
  /** Episodes that were terminated. */
  readonly ends: number;
  /** In [0, 1]; 0.5 is chance. */
  readonly areaUnderRoc: number;
  /** From (0, 0) to (1, 1). */
  readonly roc: readonly { readonly falsePositiveRate: number; readonly truePositiveRate: number }[];
  /** M's probability of an end, over the ends, by steps before the end, descending to 0, which is the last step itself. */
  readonly approach: readonly (Quartiles & { readonly stepsBefore: number })[];
  /** Mean probability at the steps that are further from an end than those of `approach`, where there are any. */
  readonly elsewhere?: number;
}

/** `[count, height, width, 3]`, row-major. */
export interface Pictures {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly data: Uint8Array;
}

export interface StageTiming {
  readonly stage: string;
  readonly seconds: number;
  /** E.g. `reused from an earlier run`. */
  readonly note?: string;
}

export interface SettingRow {
  readonly key: string;
  readonly value: string | number | boolean;
  /** Where the value comes from, e.g. `default`, `preset`, `given`; given ones are marked. */
  readonly origin?: "default" | "preset" | "given";
  readonly doc?: string;
}
