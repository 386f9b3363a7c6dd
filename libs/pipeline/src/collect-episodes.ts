import { createArtifactStore } from "@worldmodels/artifacts";
import { resolveSettings } from "@worldmodels/config";
import { openEpisodes } from "@worldmodels/episodes";
import { checkEnvUri } from "@worldmodels/environments";
import { lockFolder } from "@worldmodels/jobs";
import { pipelineStages } from "./pipeline-stages.js";
import type { RunDisplay } from "./run-types.js";
import { runStage } from "./run-stage.js";
import { runSettings } from "./settings.js";

export interface CollectEpisodesOptions {
  readonly env: string;
  readonly policy: string;
  readonly episodes: number;
  readonly maxSteps: number;
  readonly seed: bigint;
  /** Folder of an artifact store; the episodes are one artifact in it. */
  readonly out: string;
  readonly workers: number;
  readonly display: RunDisplay;
  readonly signal: AbortSignal;
}

/** Records random episodes by themselves, without a run. */
export async function collectEpisodes(
  options: CollectEpisodesOptions,
): Promise<{ readonly folder: string; readonly episodes: number; readonly frames: number }> {
  const { out, display } = options;
  checkEnvUri(options.env);
  const given = {
    "collect.env": options.env,
    "collect.policy": options.policy,
    "collect.episodes": options.episodes,
    "collect.max_steps": options.maxSteps,
  };
  const settings = resolveSettings(runSettings, given, "collect");
  const unlock = await lockFolder(out);
  try {
    const store = createArtifactStore(out);
    const { seed, workers, signal } = options;
    const record = await runStage(pipelineStages[0], {
      folder: out,
      store,
      inputs: {},
      settings,
      seed,
      workers,
      signal,
      display,
    });
    const ref = record.artifacts["episodes"];
    if (ref === undefined) throw new Error("the collect stage made no episodes");
    const { folder } = await store.open(ref);
    const stored = await openEpisodes(folder);
    const result = { folder, episodes: stored.episodes, frames: stored.steps };
    stored.close();
    return result;
  } finally {
    await unlock();
  }
}
