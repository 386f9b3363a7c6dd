import { openRunStore, readRunManifest, requireRole, runHome } from "@worldmodels/artifacts";
import { resolveSettings } from "@worldmodels/config";
import { DomainError } from "@worldmodels/errors";
import { findContradictions } from "./find-contradictions.js";
import { findStage, settingsOf } from "./pipeline-stages.js";
import { readScores } from "./read-scores.js";
import type { RunDisplay } from "./run-types.js";
import { runStage } from "./run-stage.js";
import { runSettings } from "./settings.js";
import { stageDefinition } from "./stage-definition.js";
import type { EvaluationResult } from "./stages/evaluate.js";

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
    ...(options.env !== undefined && { "evaluate.env": options.env }),
  };
  const settings = resolveSettings(runSettings, { ...manifest.settings, ...changes }, "evaluate");
  const faults = findContradictions(settings);
  if (faults.length > 0) throw new DomainError("invalid-argument", `evaluate: ${faults.join("; ")}`);
  const stage = findStage("evaluate");
  const inputs = Object.fromEntries(stage.inputs.map((role) => [role, requireRole(manifest, role, runDir)]));
  const home = runHome(runDir, manifest);
  const store = openRunStore(home);
  const { workers, signal } = options;
  const record = await runStage(stage.title, {
    definition: stageDefinition(stage.name, { inputs, settings: settingsOf(stage, settings), seed }),
    folder: home,
    store,
    workers,
    signal,
    display,
  });
  const scores = record.artifacts["scores"];
  if (scores === undefined) throw new Error("the evaluate stage made no scores");
  return readScores(store, scores);
}
