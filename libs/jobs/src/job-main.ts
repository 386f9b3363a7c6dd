// A job's process: takes one stage from its parent, runs it, says how it went, and ends.
import { createArtifactStore, writeFileAtomic } from "@worldmodels/artifacts";
import { DomainError, isDomainError } from "@worldmodels/errors";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { FromJob, JobStart, ToJob } from "./messages.js";
import { outliveEarlierAttempt } from "./outlive-earlier-attempt.js";
import { endWithParent } from "./parent-watch.js";
import type { JobDefinition, Stage, StageContext } from "./stage.js";

const PROGRESS_INTERVAL_MS = 100;
const abort = new AbortController();

process.on("message", (message: ToJob) => {
  if (message.type === "abort") abort.abort(new DomainError("cancelled", "the job was stopped"));
  else void runStage(message);
});
// Nobody is left to tell: end at once; the checkpoint on disk is what the next attempt goes on from.
process.on("disconnect", () => process.exit(1));
endWithParent();
// These reach the whole process group; the parent decides what they mean and sends "abort".
for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, () => undefined);

async function runStage(start: JobStart): Promise<void> {
  try {
    const { stage } = (await import(start.definition.module)) as { readonly stage?: Stage };
    assertSameStage(start.definition, stage);
    await outliveEarlierAttempt(start.folder, (line) => void send({ type: "say", line }));
    const { artifacts, facts = {} } = await stage.run(await createContext(start));
    await send({ type: "succeeded", artifacts, facts });
    process.exit(0);
  } catch (error) {
    const known = isDomainError(error);
    const message = known
      ? error.message
      : error instanceof Error
        ? (error.stack ?? error.message)
        : String(error);
    await send({ type: "failed", code: known ? error.code : "bug", message });
    process.exit(1);
  }
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
