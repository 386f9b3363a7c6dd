import type { JsonObject } from "@worldmodels/artifacts";
import { DomainError } from "@worldmodels/errors";
import type { ColumnArray } from "./dtype.js";
import type { RecordLayout } from "./record-layout.js";
import { openRecords } from "./record-store.js";
import type { OpenRecordsOptions, RecordStore, StepRange } from "./record-store.js";
import type { RecordedEpisode } from "./segment.js";

/**
 * A played episode of T steps, as M is to learn from it. Row t is the frame that was there when action t was
 * chosen, the action, and what it brought. The frame after the last action is not kept, as in the paper's code.
 */
export interface Episode {
  /** uint8 `[T, ...frameShape]`. */
  readonly frames: Uint8Array;
  /** As the environment got them, float32 `[T, actionSize]`. */
  readonly actions: Float32Array;
  /** `[T]`. */
  readonly rewards: Float64Array;
  /** 1 where the step ended the task, `[T]`. */
  readonly terminated: Uint8Array;
  /** 1 where a step limit cut the episode off, `[T]`. */
  readonly truncated: Uint8Array;
  /** Seed of the environment's reset. */
  readonly seed: bigint;
}

/** What holds for all episodes of a recording. */
export interface EpisodesDescription {
  /** URI of the environment, e.g. `CarRacing-v3`. */
  readonly env: string;
  /** How frames were made of the game's picture, e.g. `wm64`. */
  readonly recipe: string;
  /** Height, width, channels. */
  readonly frameShape: readonly [number, number, number];
  /** What each number of an action is, e.g. `["steer", "gas", "brake"]`. */
  readonly actionNames: readonly string[];
  /** Who played. */
  readonly policy: JsonObject;
  /** What the environment was made of, name to version. */
  readonly versions: Readonly<Record<string, string>>;
}

/** The record layout of played episodes. */
export function episodesLayout(description: EpisodesDescription): RecordLayout {
  return {
    kind: "episodes",
    columns: {
      frames: { dtype: "uint8", shape: description.frameShape },
      actions: { dtype: "float32", shape: [description.actionNames.length] },
      rewards: { dtype: "float64", shape: [] },
      terminated: { dtype: "uint8", shape: [] },
      truncated: { dtype: "uint8", shape: [] },
    },
    scalars: { seeds: "uint64", returns: "float64" },
    attributes: { ...description },
  };
}

/** An episode as `RecordWriter` takes it; its return is the sum of its rewards. */
export function toRecord(episode: Episode): RecordedEpisode {
  const { seed, ...columns } = episode;
  const total = episode.rewards.reduce((sum, reward) => sum + reward, 0);
  return {
    length: episode.rewards.length,
    columns: { ...columns },
    scalars: { seeds: seed, returns: total },
  };
}

/** A recording of played episodes, for reading. */
export interface EpisodeStore {
  readonly records: RecordStore;
  readonly description: EpisodesDescription;
  readonly episodes: number;
  readonly steps: number;
  readonly lengths: Uint32Array;
  readonly seeds: BigUint64Array;
  readonly returns: Float64Array;
  /** Frames of some steps, numbered through all episodes: uint8 `[steps asked for, ...frameShape]`. */
  readFrames(steps: ArrayLike<number> | StepRange): Uint8Array;
  /** Every frame, uint8 `[steps, ...frameShape]`; 12 kB each for 64×64×3. */
  loadAllFrames(signal?: AbortSignal): Promise<Uint8Array>;
  /** @param episode 0 to `episodes - 1` */
  readEpisode(episode: number): Episode;
  close(): void;
}

/** @throws DomainError `failed-precondition` where the folder holds other records; see also `openRecords` */
export async function openEpisodes(folder: string, options?: OpenRecordsOptions): Promise<EpisodeStore> {
  const records = await openRecords(folder, options);
  assertKind(records, "episodes");
  const seeds = records.scalar("seeds") as BigUint64Array;
  return {
    records,
    // Written by episodesLayout: the kind says so.
    description: records.attributes as unknown as EpisodesDescription,
    episodes: records.episodes,
    steps: records.steps,
    lengths: records.lengths,
    seeds,
    returns: records.scalar("returns") as Float64Array,
    readFrames: (steps) => records.read("frames", steps) as Uint8Array,
    loadAllFrames: async (signal) => (await records.readAll("frames", signal)) as Uint8Array,
    readEpisode(episode) {
      const frames = readEpisodeColumn(records, "frames", episode) as Uint8Array;
      return { frames, ...readCourse(records, episode), seed: seeds[episode] ?? 0n };
    },
    close: () => {
      records.close();
    },
  };
}

/** One episode's part of a column. @throws DomainError `out-of-range` */
export function readEpisodeColumn(records: RecordStore, column: string, episode: number): ColumnArray {
  const [from, to] = [records.firstSteps[episode], records.firstSteps[episode + 1]];
  if (from === undefined || to === undefined) {
    throw new DomainError(
      "out-of-range",
      `episode ${episode} is outside 0 to ${records.episodes - 1}, the episodes of ${records.folder}`,
    );
  }
  return records.read(column, { from, to });
}

/** What an episode has whether its frames are kept or encoded: what was done, and what came of it. */
export function readCourse(
  records: RecordStore,
  episode: number,
): Pick<Episode, "actions" | "rewards" | "terminated" | "truncated"> {
  return {
    actions: readEpisodeColumn(records, "actions", episode) as Float32Array,
    rewards: readEpisodeColumn(records, "rewards", episode) as Float64Array,
    terminated: readEpisodeColumn(records, "terminated", episode) as Uint8Array,
    truncated: readEpisodeColumn(records, "truncated", episode) as Uint8Array,
  };
}

/** @throws DomainError `failed-precondition` */
export function assertKind(records: RecordStore, kind: string): void {
  if (records.kind === kind) return;
  throw new DomainError(
    "failed-precondition",
    `${records.folder} holds ${records.kind}, and ${kind} are needed here; name an artifact of that kind`,
  );
}
