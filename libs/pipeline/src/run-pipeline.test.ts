import { createArtifactStore, readRunManifest } from "@worldmodels/artifacts";
import type { ArtifactRef } from "@worldmodels/artifacts";
import type { JobAttempt } from "@worldmodels/jobs";
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { findStage, stageNames } from "./pipeline-stages.js";
import { readRunSettings } from "./read-run-settings.js";
import { runPipeline } from "./run-pipeline.js";

test("an attempt that is given runs every stage, by its definition, but the report", async (t) => {
  const runDir = await mkdtemp(join(tmpdir(), "worldmodels-attempt-"));
  t.after(() => rm(runDir, { recursive: true, force: true }));
  const asked: string[] = [];
  const given: Record<string, ArtifactRef> = {};
  const attempt: JobAttempt = async ({ definition, storeRoot }) => {
    const stage = findStage(definition.stage.name);
    assert.deepEqual(definition.inputs, Object.fromEntries(stage.inputs.map((role) => [role, given[role]])));
    asked.push(stage.name);
    const store = createArtifactStore(storeRoot);
    const made: Record<string, ArtifactRef> = {};
    for (const role of stage.outputs) made[role] = await store.write(role, {}, () => Promise.resolve());
    Object.assign(given, made);
    return { type: "succeeded", artifacts: made, facts: {} };
  };
  const running = runPipeline({
    task: "car-racing",
    preset: "smoke",
    settings: readRunSettings("car-racing", "smoke", {}),
    seed: 0n,
    runDir,
    workers: 1,
    display: { say: () => undefined, update: () => undefined, finish: () => undefined },
    signal: new AbortController().signal,
    attempt,
    command: "worldmodels train car-racing",
  });
  // These models are empty, which a report in a process of its own is the first to see.
  await assert.rejects(running, { code: "failed-precondition", message: /^report: vae-.* holds no model/ });
  assert.deepEqual(asked, stageNames);
  assert.deepEqual((await readRunManifest(runDir)).artifacts, given);
});
