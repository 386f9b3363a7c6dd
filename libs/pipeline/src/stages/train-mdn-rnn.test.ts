import { createArtifactStore, loadModel } from "@worldmodels/artifacts";
import type { ArtifactRef, JsonObject } from "@worldmodels/artifacts";
import { resolveSettings } from "@worldmodels/config";
import { createRecordWriter, latentsLayout, toLatentRecord } from "@worldmodels/episodes";
import type { LatentEpisode } from "@worldmodels/episodes";
import type { StageResult } from "@worldmodels/jobs";
import { createRng } from "@worldmodels/rng";
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { HeldOutJudgement } from "../held-out-judge.js";
import { runSettings } from "../settings.js";
import { stage } from "./train-mdn-rnn.js";
import type { MdnRnnCurvePoint } from "./train-mdn-rnn.js";

const root = mkdtempSync(join(tmpdir(), "train-mdn-rnn-"));
after(() => {
  rmSync(root, { recursive: true });
});
const store = createArtifactStore(join(root, "artifacts"));

/** An episode that can be seen to near its end: a latent counts down the steps that are left. The other is noise. */
function countdown(index: number): LatentEpisode {
  const rng = createRng(index);
  const length = 12 + rng.integers(30);
  const steps = Array.from({ length }, (_, step) => step);
  return {
    mean: Float32Array.from(steps.flatMap((step) => [(length - 1 - step) / 10, rng.standardNormal()])),
    logVariance: new Float32Array(2 * length).fill(-6),
    actions: Float32Array.from(steps, () => rng.uniform(-1, 1)),
    rewards: new Float64Array(length).fill(1),
    terminated: Uint8Array.from(steps, (step) => (step === length - 1 ? 1 : 0)),
    truncated: new Uint8Array(length),
    seed: BigInt(index),
  };
}

let latents: ArtifactRef;
before(async () => {
  const layout = latentsLayout({ latentDim: 2, actionNames: ["move"], precision: "float32", origin: {} });
  const writer = await createRecordWriter(join(root, "recording"), layout);
  for (let index = 0; index < 60; index++) await writer.put(index, toLatentRecord(countdown(index)));
  latents = await store.write("latents", {}, (folder) => writer.finish(folder));
});

const schema = Object.fromEntries(Object.entries(runSettings).filter(([key]) => key.startsWith("mdn_rnn.")));
const small = {
  "mdn_rnn.sequences": "stream",
  "mdn_rnn.restart_input": true,
  "mdn_rnn.terminated_head": true,
  "mdn_rnn.hidden": 12,
  "mdn_rnn.mixtures": 2,
  "mdn_rnn.batch": 8,
  "mdn_rnn.window": 10,
  "mdn_rnn.learning_rate": 0.01,
};

interface Training {
  readonly signal?: AbortSignal;
  /** The one to go on from. */
  readonly checkpoint?: Uint8Array | undefined;
  readonly onCheckpoint?: (bytes: Uint8Array) => void;
  readonly onStep?: (step: number) => void;
}

function train(settings: JsonObject, training: Training = {}): Promise<StageResult> {
  return stage.run({
    inputs: { latents },
    config: resolveSettings(schema, { ...small, ...settings }, "the test"),
    seed: 3n,
    execution: { workers: 1 },
    store,
    scratch: root,
    signal: training.signal ?? new AbortController().signal,
    loadCheckpoint: () => Promise.resolve(training.checkpoint),
    saveCheckpoint: (bytes) => {
      training.onCheckpoint?.(bytes);
      return Promise.resolve();
    },
    progress: (done) => training.onStep?.(done),
    say: () => undefined,
  });
}

for (const sequences of ["stream", "windows"]) {
  test(`trained on ${sequences}, M sees ends come on held-out episodes, and says how well`, async () => {
    const { artifacts, facts } = await train({ "mdn_rnn.sequences": sequences, "mdn_rnn.steps": 150 });
    const { training, config } = await loadModel(store, artifacts["mdn-rnn"]!, { kind: "mdn-rnn" });
    const heldOut = training["heldOut"] as unknown as HeldOutJudgement & Record<string, number>;
    const curve = training["curve"] as unknown as MdnRnnCurvePoint[];
    assert.deepEqual([config["restartInput"], config["terminatedHead"]], [true, true]);
    assert.deepEqual([heldOut["episodes"], heldOut["ends"]], [3, 3]);
    assert.deepEqual([facts?.["auc"], facts?.["heldOutNll"]], [heldOut.auc, heldOut.nll]);
    assert.ok(heldOut.auc! > 0.95, `AUC ${heldOut.auc}`);
    assert.ok(heldOut.nll < curve[0]!.heldOutNll - 0.5, `${curve[0]!.heldOutNll} to ${heldOut.nll}`);
    assert.equal(curve.filter(({ auc }) => auc !== undefined).length, Math.floor(curve.length / 10));
  });
}

test("a stream training that is killed and goes on from its checkpoint ends with the same bytes", async () => {
  const settings = { "mdn_rnn.steps": 24, "mdn_rnn.final_learning_rate": 1e-4 };
  const whole = await train(settings);
  for (const killedAt of [5, 17]) {
    const kill = new AbortController();
    let checkpoint: Uint8Array | undefined;
    let resumedFrom = 0;
    const first = train(settings, {
      signal: kill.signal,
      onCheckpoint: (bytes) => (checkpoint ??= bytes),
      onStep: (step) => {
        if (step === killedAt) kill.abort();
      },
    });
    await assert.rejects(first, { name: "AbortError" });
    const second = await train(settings, {
      checkpoint,
      onStep: (step) => (resumedFrom ||= step - 1),
    });
    assert.ok(resumedFrom > 0 && resumedFrom < killedAt);
    assert.deepEqual(second.artifacts, whole.artifacts);
  }
});

test("the weight of ends and the final learning rate change what is learnt", async () => {
  const digestOf = async (settings: JsonObject) =>
    JSON.stringify(
      (await loadModel(store, (await train({ "mdn_rnn.steps": 6, ...settings })).artifacts["mdn-rnn"]!))
        .weights["terminated/dense/bias"]!.data,
    );
  const plain = await digestOf({});
  assert.notEqual(await digestOf({ "mdn_rnn.end_weight": 1 }), plain);
  assert.notEqual(await digestOf({ "mdn_rnn.final_learning_rate": 1e-5 }), plain);
  assert.equal(await digestOf({ "mdn_rnn.final_learning_rate": 0.01 }), plain);
});
