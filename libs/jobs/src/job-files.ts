import { readJson, writeFileAtomic } from "@worldmodels/artifacts";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { JobRecord } from "./job-record.js";
import { parseJobRecord } from "./parse-job-record.js";

/** The job's own folder below a folder of jobs. */
export function jobFolder(jobsFolder: string, { stage, key }: Pick<JobRecord, "stage" | "key">): string {
  return join(jobsFolder, `${stage}-${key.slice(0, 12)}`);
}

export async function writeJobRecord(folder: string, record: JobRecord): Promise<void> {
  await writeFileAtomic(join(folder, "job.json"), `${JSON.stringify(record, null, 2)}\n`);
}

/** The job's record, or undefined where there is none that can be read: the job is then begun anew. */
export async function readJobRecord(folder: string): Promise<JobRecord | undefined> {
  try {
    return parseJobRecord(await readJson(join(folder, "job.json"), "job record"));
  } catch {
    // Whatever is wrong with the file or its disk: who writes it next is told.
    return undefined;
  }
}

/** The records of all jobs below a folder of jobs that can be read, by folder name. */
export async function listJobs(jobsFolder: string): Promise<JobRecord[]> {
  const names = await readdir(jobsFolder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const folders = names.sort().map((name) => join(jobsFolder, name));
  const records = await Promise.all(folders.map(readJobRecord));
  // A copy of a job's folder under another name is not that job once more.
  return records.filter(
    (record, i): record is JobRecord => record !== undefined && jobFolder(jobsFolder, record) === folders[i],
  );
}
