import { digestJson, isPlainObject, readJson, writeFileAtomic } from "@worldmodels/artifacts";
import type { ArtifactRef, JsonObject } from "@worldmodels/artifacts";
import type { ErrorCode } from "@worldmodels/errors";
import { isDomainError } from "@worldmodels/errors";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { JobProgress } from "./progress-meter.js";
import type { JobDefinition } from "./stage.js";

export type JobState = "RUNNING" | "SUCCEEDED" | "FAILED" | "CANCELLED";

/** What is known of a job, as its `job.json` on disk says. */
export interface JobRecord {
  readonly format: "worldmodels-job";
  readonly version: 1;
  /** Digest of the stage, its version, inputs, configuration and seed. */
  readonly key: string;
  readonly stage: string;
  readonly config: JsonObject;
  /** Decimal digits. */
  readonly seed: string;
  readonly inputs: Readonly<Record<string, ArtifactRef>>;
  readonly state: JobState;
  readonly progress: JobProgress | null;
  readonly artifacts: Readonly<Record<string, ArtifactRef>>;
  readonly facts: JsonObject;
  readonly error: { readonly code: ErrorCode | "bug"; readonly message: string } | null;
  /** Processes begun: more than 1 where the job was killed or cancelled and went on. */
  readonly attempts: number;
  /** Working time of all attempts. */
  readonly seconds: number;
  /** When the first attempt began; ISO 8601. */
  readonly startedAt: string;
  /** When this was written: for a job that is not RUNNING, its end. */
  readonly updatedAt: string;
}

/** What a job's result depends on, as 64 hex digits. The same key is the same job. */
export function jobKey(definition: JobDefinition): string {
  const { stage, inputs, config, seed } = definition;
  const digests = Object.fromEntries(Object.entries(inputs).map(([role, ref]) => [role, ref.digest]));
  return digestJson({
    stage: stage.name,
    version: stage.version,
    inputs: digests,
    config,
    seed: String(seed),
  });
}

/** The job's own folder below a folder of jobs. */
export function jobFolder(jobsFolder: string, definition: JobDefinition): string {
  return join(jobsFolder, `${definition.stage.name}-${jobKey(definition).slice(0, 12)}`);
}

export async function writeJobRecord(folder: string, record: JobRecord): Promise<void> {
  await writeFileAtomic(join(folder, "job.json"), `${JSON.stringify(record, null, 2)}\n`);
}

/** The job's record, or undefined where there is none that can be read: the job is then begun anew. */
export async function readJobRecord(folder: string): Promise<JobRecord | undefined> {
  try {
    const value = await readJson(join(folder, "job.json"), "job record");
    return isPlainObject(value) && value["format"] === "worldmodels-job" && value["version"] === 1
      ? (value as unknown as JobRecord)
      : undefined;
  } catch (error) {
    if (isDomainError(error, "not-found") || isDomainError(error, "data-loss")) return undefined;
    throw error;
  }
}

/** The records of all jobs below a folder of jobs, by folder name. */
export async function listJobs(jobsFolder: string): Promise<JobRecord[]> {
  const names = await readdir(jobsFolder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const records = await Promise.all(names.sort().map((name) => readJobRecord(join(jobsFolder, name))));
  return records.filter((record) => record !== undefined);
}
