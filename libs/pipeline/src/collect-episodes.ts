import { createArtifactStore } from "@worldmodels/artifacts";
import { openEpisodes } from "@worldmodels/episodes";
import { lockFolder } from "@worldmodels/jobs";
import type { RunDisplay } from "./run-types.js";
import { runStage } from "./run-stage.js";
import { stageDefinition } from "./stage-definition.js";

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
  const definition = stageDefinition("collect", {
    inputs: {},
    settings: {
      "collect.env": options.env,
      "collect.policy": options.policy,
      "collect.episodes": options.episodes,
      "collect.max_steps": options.maxSteps,
    },
    seed: options.seed,
  });
  const unlock = await lockFolder(out);
  try {
    const store = createArtifactStore(out);
    const { workers, signal } = options;
    const record = await runStage("collect", { definition, folder: out, store, workers, signal, display });
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
