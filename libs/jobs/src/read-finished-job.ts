import type { ArtifactStore } from "@worldmodels/artifacts";
import { readJobRecord } from "./job-files.js";
import type { JobRecord } from "./job-record.js";

/** The record of a job that has SUCCEEDED and whose artifacts are still there; undefined where it has to run. */
export async function readFinishedJob(folder: string, store: ArtifactStore): Promise<JobRecord | undefined> {
  const record = await readJobRecord(folder);
  return record?.state === "SUCCEEDED" && (await allThere(store, record)) ? record : undefined;
}

async function allThere(store: ArtifactStore, record: JobRecord): Promise<boolean> {
  const found = Object.values(record.artifacts).map((ref) =>
    store.open(ref).then(
      () => true,
      () => false,
    ),
  );
  return (await Promise.all(found)).every(Boolean);
}
