import type { JsonObject } from "@worldmodels/artifacts";
import { assertKind, readCourse, readEpisodeColumn } from "./episode-records.js";
import type { RecordLayout } from "./record-layout.js";
import { openRecords } from "./record-store.js";
import type { OpenRecordsOptions, RecordStore } from "./record-store.js";
import type { RecordedEpisode } from "./segment.js";

/** An episode of T steps as V sees it: what M is trained on, with everything else that M needs beside it. */
export interface LatentEpisode {
  /** Mean of the posterior of each frame, `[T, latentDim]`. */
  readonly mean: Float32Array;
  /** Natural logarithm of its variance, `[T, latentDim]`. */
  readonly logVariance: Float32Array;
  /** Float32 `[T, actionSize]`. */
  readonly actions: Float32Array;
  /** `[T]`. */
  readonly rewards: Float64Array;
  /** `[T]`, 0 or 1. */
  readonly terminated: Uint8Array;
  /** `[T]`, 0 or 1. */
  readonly truncated: Uint8Array;
  readonly seed: bigint;
}

export interface LatentsDescription {
  readonly latentDim: number;
  readonly actionNames: readonly string[];
  /** How means and log variances are stored: float16 halves the size and is off by 0.05 % at most. */
  readonly precision: "float16" | "float32";
  /** Digests of V and of the episodes that it encoded. */
  readonly origin: JsonObject;
}

/** The record layout of encoded episodes. */
export function latentsLayout(description: LatentsDescription): RecordLayout {
  const latent = { dtype: description.precision, shape: [description.latentDim] };
  return {
    kind: "latents",
    columns: {
      mean: latent,
      logVariance: latent,
      actions: { dtype: "float32", shape: [description.actionNames.length] },
      rewards: { dtype: "float64", shape: [] },
      terminated: { dtype: "uint8", shape: [] },
      truncated: { dtype: "uint8", shape: [] },
    },
    scalars: { seeds: "uint64" },
    attributes: { ...description },
  };
}

/** An encoded episode as `RecordWriter` takes it. */
export function toLatentRecord(episode: LatentEpisode): RecordedEpisode {
  const { seed, ...columns } = episode;
  return { length: episode.rewards.length, columns: { ...columns }, scalars: { seeds: seed } };
}

/** Encoded episodes, for reading. */
export interface LatentStore {
  readonly records: RecordStore;
  readonly description: LatentsDescription;
  readonly episodes: number;
  readonly steps: number;
  readonly lengths: Uint32Array;
  readonly seeds: BigUint64Array;
  /** @param episode 0 to `episodes - 1` */
  readEpisode(episode: number): LatentEpisode;
  close(): void;
}

/** @throws DomainError `failed-precondition` where the folder holds other records; see also `openRecords` */
export async function openLatents(folder: string, options?: OpenRecordsOptions): Promise<LatentStore> {
  const records = await openRecords(folder, options);
  assertKind(records, "latents");
  const seeds = records.scalar("seeds") as BigUint64Array;
  return {
    records,
    // Written by latentsLayout: the kind says so.
    description: records.attributes as unknown as LatentsDescription,
    episodes: records.episodes,
    steps: records.steps,
    lengths: records.lengths,
    seeds,
    readEpisode(episode) {
      const mean = readEpisodeColumn(records, "mean", episode) as Float32Array;
      const logVariance = readEpisodeColumn(records, "logVariance", episode) as Float32Array;
      return { mean, logVariance, ...readCourse(records, episode), seed: seeds[episode] ?? 0n };
    },
    close: () => {
      records.close();
    },
  };
}
