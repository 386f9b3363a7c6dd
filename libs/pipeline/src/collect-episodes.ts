import { createArtifactStore } from "@worldmodels/artifacts";
import { openEpisodes } from "@worldmodels/episodes";
import { lockFolder } from "@worldmodels/jobs";
import type { RunDisplay } from "./run-types.js";
import { runStage } from "./run-stage.js";
import { summariseScores } from "./scores.js";
import { stageDefinition } from "./stage-definition.js";

export interface CollectEpisodesOptions {
  readonly env: string;
  readonly policy: string;
  readonly episodes: number;
  readonly maxSteps: number;
  /** Episodes of fewer steps are not kept. */
  readonly minSteps: number;
  readonly seed: bigint;
  /** Folder of an artifact store; the episodes are one artifact in it. */
  readonly out: string;
  readonly workers: number;
  readonly display: RunDisplay;
  readonly signal: AbortSignal;
}

/** What has been recorded, and where. */
export interface CollectedEpisodes {
  readonly folder: string;
  readonly episodes: number;
  readonly frames: number;
  /** Mean of the episodes' returns, and their standard deviation (n - 1). */
  readonly meanReturn: number;
  readonly sdReturn: number;
}

/** Records random episodes by themselves, without a run. */
export async function collectEpisodes(options: CollectEpisodesOptions): Promise<CollectedEpisodes> {
  const { out, display } = options;
  const definition = stageDefinition("collect", {
    inputs: {},
    settings: {
      "collect.env": options.env,
      "collect.policy": options.policy,
      "collect.episodes": options.episodes,
      "collect.max_steps": options.maxSteps,
      "collect.min_steps": options.minSteps,
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
    const { episodes, steps: frames, returns, lengths } = stored;
    stored.close();
    const { mean, sd } = summariseScores(
      Array.from(returns, (each, i) => ({ return: each, length: lengths[i] ?? 0 })),
    );
    return { folder, episodes, frames, meanReturn: mean, sdReturn: sd };
  } finally {
    await unlock();
  }
}
