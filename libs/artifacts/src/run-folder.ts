import { join } from "node:path";
import { DomainError } from "@worldmodels/errors";
import type { ArtifactRef } from "./artifact.js";
import { createArtifactStore } from "./artifact-store.js";
import type { ArtifactStore } from "./artifact-store.js";
import { readJson, writeFileAtomic } from "./atomic-file.js";
import { isPlainObject } from "./json.js";
import type { JsonObject } from "./json.js";

/** What a run can have made, by role; a role is absent until its stage has finished. */
export const runRoles = [
  "episodes",
  "vae",
  "latents",
  "dream-starts",
  "mdn-rnn",
  "controller",
  "scores",
  "report",
] as const;
export type RunRole = (typeof runRoles)[number];

/** The content of `run.json`: what was asked for, and what has come of it so far. */
export interface RunManifest {
  readonly format: "worldmodels-run";
  readonly version: 1;
  readonly task: string;
  readonly preset: string;
  /** Decimal digits of the root seed. */
  readonly seed: string;
  /** Where its `artifacts` and `jobs` are: a folder, named from the run's own; absent where they are in that one. */
  readonly home?: string;
  /** Every setting in force, by its dotted name. */
  readonly settings: JsonObject;
  /** The command that anyone can repeat the run with. */
  readonly command: string;
  readonly artifacts: Readonly<Partial<Record<RunRole, ArtifactRef>>>;
  /** Facts about the way it was made, e.g. seconds and backend per stage. Never part of a digest. */
  readonly stages: JsonObject;
}

/** The folder that has a run's `artifacts` and `jobs`: its own, or one that it shares with other runs of a sweep. */
export function runHome(folder: string, { home = "." }: Pick<RunManifest, "home">): string {
  return join(folder, home);
}

/** @param home what `runHome` gives: the run's own folder, but for the points of a sweep */
export function openRunStore(home: string): ArtifactStore {
  return createArtifactStore(join(home, "artifacts"));
}

/** Puts the manifest in place of the one before, whole or not at all. */
export async function writeRunManifest(folder: string, manifest: RunManifest): Promise<void> {
  await writeFileAtomic(join(folder, "run.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** @throws DomainError `not-found` where the folder has no run, `data-loss` where its manifest is damaged */
export async function readRunManifest(folder: string): Promise<RunManifest> {
  const path = join(folder, "run.json");
  const value = await readJson(path, "run");
  if (!isPlainObject(value) || !isRunManifest(value)) {
    throw new DomainError(
      "data-loss",
      `${path} does not describe a run; name the folder that --run-dir named`,
    );
  }
  return value as unknown as RunManifest;
}

function isRunManifest({ format, artifacts, home }: Readonly<Record<string, unknown>>): boolean {
  const hasHome = home === undefined || typeof home === "string";
  return format === "worldmodels-run" && isPlainObject(artifacts) && hasHome;
}

/**
 * The artifact that plays a role in a run.
 *
 * @throws DomainError `failed-precondition` where the run has not come so far
 */
export function requireRole(manifest: RunManifest, role: RunRole, folder: string): ArtifactRef {
  const ref = manifest.artifacts[role];
  if (ref !== undefined) return ref;
  throw new DomainError(
    "failed-precondition",
    `the run in ${folder} has no ${role} yet; go on with it by the command that began it: ${manifest.command}`,
  );
}
