import {
  openRunStore,
  readRunManifest,
  runHome,
  writeFileAtomic,
  writeRunManifest,
} from "@worldmodels/artifacts";
import type { ArtifactStore, JsonObject, RunManifest } from "@worldmodels/artifacts";
import { isDomainError } from "@worldmodels/errors";
import { lockFolder } from "@worldmodels/jobs";
import type { JobAttempt, JobDefinition, JobRecord } from "@worldmodels/jobs";
import { withSpan } from "@worldmodels/telemetry";
import { readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { pipelineStages, settingsOf } from "./pipeline-stages.js";
import type { PipelineStage } from "./pipeline-stages.js";
import type { RunDisplay, RunSummary } from "./run-types.js";
import { runStage } from "./run-stage.js";
import type { RunSettings } from "./settings.js";
import { readScores } from "./read-scores.js";
import { defineStage, stageDefinition } from "./stage-definition.js";
import { summariseStage } from "./summarise-stage.js";

export interface RunPipelineOptions {
  readonly task: string;
  readonly preset: string;
  readonly settings: RunSettings;
  readonly seed: bigint;
  readonly runDir: string;
  /** Where the run's artifacts and jobs go, named from `runDir`; default: where they went before, or `runDir` itself. */
  readonly home?: string | undefined;
  /** Rollout processes; never changes a result. */
  readonly workers: number;
  readonly display: RunDisplay;
  readonly signal: AbortSignal;
  /** How a stage is run; default in a child process. The report is always made in one. */
  readonly attempt?: JobAttempt | undefined;
  /** As it was given, for the report. */
  readonly command: string;
}

/** The report depends on everything, and on the time that everything took. */
const reportStage: PipelineStage = {
  title: "report",
  name: "report",
  version: 3,
  module: "make-report",
  inputs: ["episodes", "vae", "latents", "dream-starts", "mdn-rnn", "controller", "scores"],
  outputs: ["report"],
  settings: [""],
};

/**
 * Runs the whole of World Models for a task. Stages that are finished are not run again; one that was killed goes
 * on from its checkpoint.
 *
 * @throws DomainError as a stage throws it; `cancelled`; `failed-precondition` where the folder is in use
 */
export function runPipeline(options: RunPipelineOptions): Promise<RunSummary> {
  const { task, preset, seed, runDir } = options;
  const run = nameOf(runDir);
  const attributes = { run, "run.task": task, "run.preset": preset, "run.seed": String(seed) };
  return withSpan("run", { attributes }, () => runStages(options, run));
}

async function runStages(options: RunPipelineOptions, run: string): Promise<RunSummary> {
  const { runDir, workers, signal, display, attempt } = options;
  const unlock = await lockFolder(runDir);
  try {
    let manifest = await beginManifest(options);
    const home = runHome(runDir, manifest);
    const store = openRunStore(home);
    let seconds = 0;
    for (const stage of [...pipelineStages, reportStage]) {
      let wasReused = false;
      const record = await runStage(stage.title, {
        definition: defineJob(stage, manifest, options),
        folder: home,
        store,
        workers,
        signal,
        attempt: stage === reportStage ? undefined : attempt,
        origin: { run },
        onReused: () => {
          wasReused = true;
        },
        display,
      });
      seconds += record.seconds;
      display.finish(stage.title, summariseStage(record, wasReused));
      manifest = withStage(manifest, stage, record);
      await writeRunManifest(runDir, manifest);
    }
    const report = await placeReport(runDir, store, manifest);
    if (manifest.artifacts.scores === undefined) throw new Error("the evaluate stage made no scores");
    return { runDir, report, evaluation: await readScores(store, manifest.artifacts.scores), seconds };
  } finally {
    await unlock();
  }
}

/** A run as logs name it, in characters that a header takes. */
function nameOf(runDir: string): string {
  return basename(resolve(runDir)).replace(/[^\x21-\x7e]/g, "_");
}

function defineJob(
  stage: PipelineStage,
  manifest: RunManifest,
  { settings, seed }: RunPipelineOptions,
): JobDefinition {
  const inputs = Object.fromEntries(
    stage.inputs.map((role) => {
      const ref = manifest.artifacts[role];
      if (ref === undefined)
        throw new Error(`stage ${stage.name} needs ${role}, which no stage before it made`);
      return [role, ref];
    }),
  );
  return stage === reportStage
    ? defineStage(stage, { inputs, config: { ...settings, ...reportFacts(manifest) }, seed })
    : stageDefinition(stage.name, { inputs, settings: settingsOf(stage, settings), seed });
}

/** Keeps what an earlier command has made in this folder: the jobs decide by their keys what of it still holds. */
async function beginManifest(options: RunPipelineOptions): Promise<RunManifest> {
  const { runDir, task, preset, seed, settings, command } = options;
  const earlier = await readRunManifest(runDir).catch((error: unknown) => {
    if (isDomainError(error, "not-found")) return undefined;
    throw error;
  });
  const home = options.home ?? earlier?.home;
  const manifest: RunManifest = {
    format: "worldmodels-run",
    version: 1,
    task,
    preset,
    seed: String(seed),
    ...(home !== undefined && { home }),
    settings: { ...settings },
    command,
    artifacts: earlier?.artifacts ?? {},
    stages: earlier?.stages ?? {},
  };
  await writeRunManifest(runDir, manifest);
  return manifest;
}

function withStage(manifest: RunManifest, stage: PipelineStage, record: JobRecord): RunManifest {
  const facts: JsonObject = { seconds: record.seconds, attempts: record.attempts, facts: record.facts };
  return {
    ...manifest,
    artifacts: { ...manifest.artifacts, ...record.artifacts },
    stages: { ...manifest.stages, [stage.title]: facts },
  };
}

/** What the report shows besides artifacts. Not an earlier report's own time: it would make every report another one. */
function reportFacts(manifest: RunManifest): JsonObject {
  const { task, preset, command, stages } = manifest;
  const others = Object.entries(stages).filter(([title]) => title !== reportStage.title);
  return { task, preset, command, stages: Object.fromEntries(others) };
}

/** Puts the report where people look for it. */
async function placeReport(runDir: string, store: ArtifactStore, manifest: RunManifest): Promise<string> {
  const ref = manifest.artifacts.report;
  if (ref === undefined) throw new Error("the report stage made no report");
  const { folder } = await store.open(ref);
  const target = join(runDir, "report.html");
  await writeFileAtomic(target, await readFile(join(folder, "report.html")));
  return target;
}
