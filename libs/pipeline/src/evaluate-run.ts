import { openRunStore, readRunManifest, requireRole } from "@worldmodels/artifacts";
import { resolveSettings } from "@worldmodels/config";
import { checkEnvUri } from "@worldmodels/environments";
import { runJob } from "@worldmodels/jobs";
import { join } from "node:path";
import { isOwnDream } from "./own-dream.js";
import { pipelineStages, settingsOf } from "./pipeline-stages.js";
import { readScores } from "./read-scores.js";
import type { RunDisplay } from "./run-types.js";
import { runSettings } from "./settings.js";
import type { EvaluationResult } from "./stages/evaluate.js";
import { stageModule } from "./stage-module.js";

export interface EvaluateRunOptions {
  readonly runDir: string;
  /** Default: the run's own `evaluate.env`. */
  readonly env?: string;
  readonly episodes: number;
  /** The episodes' seeds follow from it. */
  readonly seed: bigint;
  readonly workers: number;
  readonly display: RunDisplay;
  readonly signal: AbortSignal;
}

/** Drives a run's controller, and a random policy, in any environment. The same evaluation asked for twice runs once. */
export async function evaluateRun(options: EvaluateRunOptions): Promise<EvaluationResult> {
  const { runDir, seed, display } = options;
  const manifest = await readRunManifest(runDir);
  const changes = {
    "evaluate.episodes": options.episodes,
    ...(options.env && { "evaluate.env": options.env }),
  };
  const settings = resolveSettings(runSettings, { ...manifest.settings, ...changes }, "evaluate");
  const env = settings["evaluate.env"];
  if (!isOwnDream(env)) checkEnvUri(env);
  const stage = pipelineStages[5];
  const inputs = Object.fromEntries(stage.inputs.map((role) => [role, requireRole(manifest, role, runDir)]));
  const store = openRunStore(runDir);
  const record = await runJob({
    definition: {
      stage: { name: stage.name, version: stage.version },
      module: stageModule(stage.module),
      inputs,
      config: settingsOf(stage, settings),
      seed,
    },
    jobsFolder: join(runDir, "jobs"),
    store,
    workers: options.workers,
    signal: options.signal,
    onProgress: (progress) => {
      display.update(stage.title, progress);
    },
    onSay: display.say,
  });
  const scores = record.artifacts["scores"];
  if (scores === undefined) throw new Error("the evaluate stage made no scores");
  return readScores(store, scores);
}
