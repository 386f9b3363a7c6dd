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
  /** Every setting in force, by its dotted name. */
  readonly settings: JsonObject;
  /** The command that anyone can repeat the run with. */
  readonly command: string;
  readonly artifacts: Readonly<Partial<Record<RunRole, ArtifactRef>>>;
  /** Facts about the way it was made, e.g. seconds and backend per stage. Never part of a digest. */
  readonly stages: JsonObject;
}

/** The artifacts of the run in this folder. */
export function openRunStore(folder: string): ArtifactStore {
  return createArtifactStore(join(folder, "artifacts"));
}

/** Puts the manifest in place of the one before, whole or not at all. */
export async function writeRunManifest(folder: string, manifest: RunManifest): Promise<void> {
  await writeFileAtomic(join(folder, "run.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** @throws DomainError `not-found` where the folder has no run, `data-loss` where its manifest is damaged */
export async function readRunManifest(folder: string): Promise<RunManifest> {
  const path = join(folder, "run.json");
  const value = await readJson(path, "run");
  if (!isPlainObject(value) || value["format"] !== "worldmodels-run" || !isPlainObject(value["artifacts"])) {
    throw new DomainError(
      "data-loss",
      `${path} does not describe a run; name the folder that --run-dir named`,
    );
  }
  return value as unknown as RunManifest;
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
