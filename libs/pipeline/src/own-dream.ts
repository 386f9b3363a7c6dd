import type { ArtifactStore } from "@worldmodels/artifacts";
import { resolveSettings } from "@worldmodels/config";
import { dreamSettings, missingHead } from "@worldmodels/dream";
import { parseEnvUri } from "@worldmodels/env";
import { checkEnvUri } from "@worldmodels/environments";
import { DomainError } from "@worldmodels/errors";
import { dirname } from "node:path";
import type { RunSettings } from "./settings.js";

/** Whether an environment is `dream` or `dream?…`: M of the run itself, which is not there yet when the run begins. */
export function isOwnDream(uri: string): boolean {
  return /^dream(\?|$)/.test(uri);
}

/** `dream?temperature=1.15` becomes `dream:RUN?temperature=1.15` of the run that this store belongs to; other URIs stay. */
export function resolveOwnDream(uri: string, store: ArtifactStore): string {
  if (!isOwnDream(uri)) return uri;
  return nameRun(uri, encodeURIComponent(dirname(store.root)));
}

/**
 * Checks the environment that a setting names, so that a run fails at its beginning; of a dream of the run's own,
 * also that its M is going to have the heads.
 *
 * @throws DomainError `invalid-argument` or `not-found` naming what is wrong
 */
export function checkRunEnv(key: "evolve.env" | "evaluate.env", settings: RunSettings): void {
  const uri = settings[key];
  if (!isOwnDream(uri)) {
    checkEnvUri(uri);
    return;
  }
  const dream = resolveSettings(dreamSettings, parseEnvUri(nameRun(uri, "RUN")).settings, `${key} = ${uri}`);
  const heads = {
    rewardHead: settings["mdn_rnn.reward_head"],
    terminatedHead: settings["mdn_rnn.terminated_head"],
  };
  const missing = missingHead(heads, dream);
  if (missing === undefined) return;
  throw new DomainError(
    "invalid-argument",
    `${key} = ${uri}: this dream needs ${missing.what}, and ${missing.setting} is false; ` +
      `set ${missing.setting}=true, or dream with ${missing.instead}`,
  );
}

function nameRun(uri: string, run: string): string {
  return `dream:${run}${uri.slice("dream".length)}`;
}
