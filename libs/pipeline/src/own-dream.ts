import { artifactName } from "@worldmodels/artifacts";
import type { ArtifactRef, ArtifactStore } from "@worldmodels/artifacts";
import { DREAM_STARTS, saveDream } from "@worldmodels/environments";
import { join } from "node:path";
import { requireInput } from "./require-input.js";

/** Whether an environment is `dream` or `dream?…`: M of the run itself, which is not there yet when the run begins. */
export function isOwnDream(uri: string): boolean {
  return /^dream(\?|$)/.test(uri);
}

/** `dream?temperature=1.15` becomes `dream:FOLDER?temperature=1.15`; `folder` is written as it is in a URI. */
export function nameOwnDream(uri: string, folder: string): string {
  return `dream:${folder}${uri.slice("dream".length)}`;
}

/**
 * The environment that a stage opens where its settings say `uri`: the dream of the run's own is made an artifact of
 * the stage's store, by the stage's own inputs, and named by its folder; other URIs stay. What comes back is for
 * opening only: results say the setting as it was given, which is the same in every folder.
 */
export async function resolveOwnDream(
  uri: string,
  store: ArtifactStore,
  inputs: Readonly<Record<string, ArtifactRef>>,
): Promise<string> {
  if (!isOwnDream(uri)) return uri;
  const dream = await saveDream(store, {
    vae: requireInput(inputs, "vae"),
    mdnRnn: requireInput(inputs, "mdn-rnn"),
    starts: requireInput(inputs, DREAM_STARTS),
  });
  return nameOwnDream(uri, encodeURIComponent(join(store.root, artifactName(dream))));
}

/** How many environments a worker steps together where a stage's settings say `uri`. */
export function slotsFor(
  uri: string,
  settings: { readonly "rollout.slots": number; readonly "rollout.dream_slots": number },
): number {
  return settings[isOwnDream(uri) ? "rollout.dream_slots" : "rollout.slots"];
}
