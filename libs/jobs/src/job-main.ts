// A job's process: takes one stage from its parent, runs it, says how it went, and ends.
import { createArtifactStore, writeFileAtomic } from "@worldmodels/artifacts";
import { DomainError, isDomainError } from "@worldmodels/errors";
import {
  childContext,
  inheritEventLog,
  inheritTracing,
  logEvent,
  stopTracing,
  takeCounts,
  withSpan,
} from "@worldmodels/telemetry";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { FromJob, JobStart, ToJob } from "./messages.js";
import { outliveEarlierAttempt } from "./outlive-earlier-attempt.js";
import { endWithParent } from "./parent-watch.js";
import type { JobDefinition, Stage, StageContext } from "./stage.js";

const PROGRESS_INTERVAL_MS = 100;
const COUNTS_INTERVAL_MS = 1000;
const abort = new AbortController();

process.on("message", (message: ToJob) => {
  if (message.type === "abort") abort.abort(new DomainError("cancelled", "the job was stopped"));
  else void runStage(message);
});
// Nobody is left to tell: end at once; the checkpoint on disk is what the next attempt goes on from.
process.on("disconnect", () => process.exit(1));
endWithParent();
inheritEventLog("job");
setInterval(tellCounts, COUNTS_INTERVAL_MS).unref();
// These reach the whole process group; the parent decides what they mean and sends "abort".
for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, () => undefined);

async function runStage(start: JobStart): Promise<void> {
  try {
    logEvent("job-process-started");
    await inheritTracing();
    const {
      stage: { name },
      module,
    } = start.definition;
    const work = { parent: childContext().traceparent, attributes: { "process.pid": process.pid } };
    const { artifacts, facts = {} } = await withSpan(`process ${name}`, work, async () => {
      const { stage } = (await import(module)) as { readonly stage?: Stage };
      assertSameStage(start.definition, stage);
      await outliveEarlierAttempt(start.folder, (line) => void send({ type: "say", line }));
      return stage.run(await createContext(start));
    });
    await end({ type: "succeeded", artifacts, facts }, 0);
  } catch (error) {
    const known = isDomainError(error);
    const message = known
      ? error.message
      : error instanceof Error
        ? (error.stack ?? error.message)
        : String(error);
    await end({ type: "failed", code: known ? error.code : "bug", message }, 1);
  }
}

/** Tells how it went, after all else that there is to tell, and ends. */
async function end(word: Extract<FromJob, { type: "succeeded" | "failed" }>, code: number): Promise<never> {
  tellCounts();
  await send(word);
  logEvent("job-process-ended", { outcome: word.type });
  await stopTracing();
  process.exit(code);
}

function tellCounts(): void {
  const counts = takeCounts();
  if (counts.length > 0) void send({ type: "counts", counts });
}

/** The key of the job was made of the definition's name and version: another stage must not answer to it. */
function assertSameStage({ stage, module }: JobDefinition, found: Stage | undefined): asserts found is Stage {
  if (found?.name === stage.name && found.version === stage.version) return;
  const what = found === undefined ? "no stage" : `stage ${found.name} of version ${found.version}`;
  throw new Error(`${module} has ${what} where ${stage.name} of version ${stage.version} was asked for`);
}

async function createContext(start: JobStart): Promise<StageContext> {
  const { definition, folder } = start;
  const checkpoint = join(folder, "checkpoint.bin");
  const scratch = join(folder, "scratch");
  await mkdir(scratch, { recursive: true });
  let lastProgressMs = 0;
  return {
    inputs: definition.inputs,
    config: definition.config,
    seed: definition.seed,
    execution: { workers: start.workers, ...(start.rollouts && { rollouts: start.rollouts }) },
    store: createArtifactStore(start.storeRoot),
    scratch,
    signal: abort.signal,
    loadCheckpoint: () =>
      readFile(checkpoint).catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return undefined;
        throw error;
      }),
    saveCheckpoint: (bytes) => writeFileAtomic(checkpoint, bytes),
    progress(done, total, unit, metrics = {}) {
      const nowMs = performance.now();
      if (nowMs - lastProgressMs < PROGRESS_INTERVAL_MS && done < total) return;
      lastProgressMs = nowMs;
      void send({ type: "progress", done, total, unit, metrics });
    },
    say: (line) => void send({ type: "say", line }),
  };
}

/** Resolves when the message has left; a parent that is gone is dealt with by `disconnect`. */
function send(message: FromJob): Promise<void> {
  return new Promise((resolve) => {
    if (!process.connected || process.send === undefined) resolve();
    else process.send(message, undefined, undefined, () => resolve());
  });
}
