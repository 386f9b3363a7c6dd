import { resolveSettings } from "@worldmodels/config";
import { dreamSettings, missingHead } from "@worldmodels/dream";
import { parseEnvUri } from "@worldmodels/env";
import { checkEnvUri } from "@worldmodels/environments";
import { isDomainError } from "@worldmodels/errors";
import { isOwnDream, nameOwnDream } from "./own-dream.js";
import type { RunSettings } from "./settings.js";

/**
 * What is wrong with settings that are each within their bounds: environments that there are not, a dream of the
 * run's own whose M is not going to have the heads, nothing to spend. Settings that are not given are not judged, so
 * it serves a whole run and a single stage alike.
 *
 * @returns one sentence for each fault; none where all is well
 */
export function findContradictions(settings: Partial<RunSettings>): string[] {
  const faults = (["collect.env", "evolve.env", "evaluate.env"] as const).map((key) => {
    const uri = settings[key];
    if (uri === undefined) return undefined;
    return sentenceOf(() => {
      if (key !== "collect.env" && isOwnDream(uri)) return faultOfOwnDream(key, uri, settings);
      checkEnvUri(uri);
      return undefined;
    });
  });
  const steps = [settings["evolve.explore_steps"], settings["evolve.refine_steps"]];
  if (steps.every((each) => each === 0)) {
    faults.push("evolve.explore_steps and evolve.refine_steps are both 0; give one of them steps to spend");
  }
  return faults.filter((fault) => fault !== undefined);
}

/** @throws DomainError where the URI itself is wrong */
function faultOfOwnDream(key: string, uri: string, settings: Partial<RunSettings>): string | undefined {
  const given = parseEnvUri(nameOwnDream(uri, "RUN")).settings;
  const dream = resolveSettings(dreamSettings, given, `${key} = ${uri}`);
  // What a step is worth is known of CarRacing; of an environment outside of this process it is when it has been recorded.
  const mayBeConstant = parseEnvUri(settings["collect.env"] ?? "CarRacing-v3").scheme !== "native";
  const heads = {
    rewardHead: (settings["mdn_rnn.reward_head"] ?? true) || (dream.reward === "auto" && mayBeConstant),
    terminatedHead: settings["mdn_rnn.terminated_head"] ?? true,
  };
  const missing = missingHead(heads, dream);
  if (missing === undefined) return undefined;
  return (
    `${key} = ${uri}: this dream needs ${missing.what}, and ${missing.setting} is false; ` +
    `set ${missing.setting}=true, or dream with ${missing.instead}`
  );
}

/** The sentence that `check` gives or throws, or undefined where all is well. */
function sentenceOf(check: () => string | undefined): string | undefined {
  try {
    return check();
  } catch (error) {
    if (isDomainError(error)) return error.message;
    throw error;
  }
}
