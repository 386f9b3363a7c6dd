import { openRunStore, readRunManifest, runHome } from "@worldmodels/artifacts";
import { DomainError, isDomainError } from "@worldmodels/errors";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { pipelineStages } from "./pipeline-stages.js";
import { readScores } from "./read-scores.js";
import { POINTS_FOLDER } from "./sweep/sweep-folder.js";

/** One run folder at a glance. */
export interface RunListing {
  readonly folder: string;
  readonly task: string;
  readonly preset: string;
  readonly seed: string;
  readonly stagesDone: number;
  readonly stages: number;
  readonly score: { readonly mean: number; readonly sd: number } | undefined;
}

/** The runs in the folders directly below a folder, and the points of its sweeps, by name; none where it is not there. */
export async function listRuns(folder: string): Promise<RunListing[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    if (isNotAFolder(error)) throw new DomainError("invalid-argument", `${folder} is not a folder`);
    throw error;
  });
  const runs = await Promise.all(names.sort().map((name) => describeFolder(join(folder, name))));
  return runs.flat();
}

async function describeFolder(folder: string): Promise<RunListing[]> {
  const run = await describeRun(folder);
  if (run !== undefined) return [run];
  const points = join(folder, POINTS_FOLDER);
  const names = await readdir(points).catch(() => []);
  const runs = await Promise.all(names.sort().map((name) => describeRun(join(points, name))));
  return runs.filter((each) => each !== undefined);
}

async function describeRun(folder: string): Promise<RunListing | undefined> {
  try {
    const manifest = await readRunManifest(folder);
    const { task, preset, seed, artifacts } = manifest;
    const stagesDone = pipelineStages.filter(({ outputs }) =>
      outputs.every((role) => role in artifacts),
    ).length;
    const store = openRunStore(runHome(folder, manifest));
    const scores = artifacts.scores && (await readScores(store, artifacts.scores));
    const score = scores && { mean: scores.evolved.mean, sd: scores.evolved.sd };
    return { folder, task, preset, seed, stagesDone, stages: pipelineStages.length, score };
  } catch (error) {
    // Other folders are other people's business, and a damaged one must not hide the rest.
    if (isDomainError(error, "not-found") || isDomainError(error, "data-loss")) return undefined;
    throw error;
  }
}

function isNotAFolder(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOTDIR";
}
