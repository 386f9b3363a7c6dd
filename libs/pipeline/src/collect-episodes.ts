import { createArtifactStore } from "@worldmodels/artifacts";
import { resolveSettings } from "@worldmodels/config";
import { openEpisodes } from "@worldmodels/episodes";
import { checkEnvUri } from "@worldmodels/environments";
import { lockFolder, runJob } from "@worldmodels/jobs";
import { join } from "node:path";
import { pipelineStages, settingsOf } from "./pipeline-stages.js";
import type { RunDisplay } from "./run-types.js";
import { runSettings } from "./settings.js";
import { stageModule } from "./stage-module.js";

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
    const stage = pipelineStages[0];
    const store = createArtifactStore(out);
    const record = await runJob({
      definition: {
        stage: { name: stage.name, version: stage.version },
        module: stageModule(stage.module),
        inputs: {},
        config: settingsOf(stage, settings),
        seed: options.seed,
      },
      jobsFolder: join(out, "jobs"),
      store,
      workers: options.workers,
      signal: options.signal,
      onProgress: (progress) => {
        display.update(stage.title, progress);
      },
      onSay: display.say,
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
