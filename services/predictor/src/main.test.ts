import { copyArtifact, createArtifactStore } from "@worldmodels/artifacts";
import { createClient } from "@worldmodels/grpc-kit";
import { runJob } from "@worldmodels/jobs";
import { stageDefinition, stageProcessEnv } from "@worldmodels/pipeline/stages";
import { JobServiceService, JobState } from "@worldmodels/proto/job";
import type { Job } from "@worldmodels/proto/job";
import { PredictorServiceService } from "@worldmodels/proto/predictor";
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { serviceStarter } from "@worldmodels/grpc-kit/testing";
import type { ServiceProcess } from "@worldmodels/grpc-kit/testing";
import { saveTinyLatents, saveTinyMdnRnn } from "./tiny-run.test-helper.js";

const startServiceProcess = serviceStarter(new URL("./main.ts", import.meta.url));

const root = mkdtempSync(join(tmpdir(), "predictor-life-"));
after(() => {
  rmSync(root, { recursive: true, maxRetries: 5 });
});
const newFolder = () => mkdtempSync(join(root, "x"));
const IN_TIME = { deadlineMs: 10_000 };
const SETTINGS = {
  "mdn_rnn.hidden": "8",
  "mdn_rnn.mixtures": "2",
  "mdn_rnn.batch": "2",
  "mdn_rnn.window": "4",
  "mdn_rnn.steps": "300",
  "mdn_rnn.reward_head": "true",
};

const clientsOf = ({ connection }: ServiceProcess) => ({
  predictor: createClient(PredictorServiceService, connection),
  jobs: createClient(JobServiceService, connection),
});

/** Follows a job until `isEnough` of it, or to its end. */
async function follow(service: ServiceProcess, id: string, isEnough: (job: Job) => boolean): Promise<Job> {
  let last: Job | undefined;
  for await (const { job } of clientsOf(service).jobs.watchJob({ id, after: 0n })) {
    last = job;
    if (job !== undefined && isEnough(job)) break;
  }
  assert.ok(last);
  return last;
}

test("SIGTERM ends the service with exit code 0, and its log says so", async () => {
  const service = await startServiceProcess(newFolder());
  assert.equal(await service.stop("SIGTERM"), 0);
  assert.equal(service.events.at(-1)?.["event"], "stopped");
  assert.equal(service.stderr(), "");
});

test("a model of another kind ends the start with one sentence", async () => {
  const folder = newFolder();
  const { digest } = await saveTinyLatents(createArtifactStore(join(folder, "artifacts")));
  await assert.rejects(startServiceProcess(folder, { model: digest }), {
    message: /^the service ended with 1: predictor: latents-[0-9a-f]{12} is not a mdn-rnn/,
  });
});

test(
  "neither TensorFlow nor ONNX Runtime is loaded before a model is used",
  { skip: process.platform !== "linux" && "it looks into /proc" },
  async () => {
    const folder = newFolder();
    const { ref } = await saveTinyMdnRnn(createArtifactStore(join(folder, "artifacts")));
    const service = await startServiceProcess(folder);
    await clientsOf(service).predictor.getModel({ model: ref.digest }, IN_TIME);
    const libraries = readFileSync(`/proc/${service.child.pid}/maps`, "utf8");
    assert.doesNotMatch(libraries, /onnxruntime|tensorflow/i);
    await service.stop("SIGTERM");
  },
);

test("a training that is killed with its service goes on to the bytes of an undisturbed one", async () => {
  const folder = newFolder();
  const store = createArtifactStore(join(folder, "artifacts"));
  const latents = await saveTinyLatents(store);
  const first = await startServiceProcess(folder);
  const { job } = await clientsOf(first).predictor.trainPredictor(
    { latents, settings: SETTINGS, seed: 5n },
    IN_TIME,
  );
  const id = job?.id ?? "";
  await follow(first, id, ({ progress }) => (progress?.done ?? 0) >= 2);
  assert.equal(await first.stop("SIGKILL"), "SIGKILL");

  const second = await startServiceProcess(folder);
  const trained = await follow(second, id, () => false);
  assert.equal(trained.state, JobState.JOB_STATE_SUCCEEDED, trained.error?.message ?? "");
  assert.equal(trained.attempts, 2);

  const other = newFolder();
  const otherStore = createArtifactStore(join(other, "artifacts"));
  await copyArtifact(store, otherStore, latents);
  const undisturbed = await runJob({
    definition: stageDefinition("train-mdn-rnn", { inputs: { latents }, settings: SETTINGS, seed: 5n }),
    jobsFolder: join(other, "jobs"),
    store: otherStore,
    workers: 1,
    processEnv: stageProcessEnv("train-mdn-rnn"),
  });
  assert.deepEqual(trained.outputs, undisturbed.artifacts);

  const model = trained.outputs["mdn-rnn"]?.digest ?? "";
  const { hiddenSize, hasRewardHead } = await clientsOf(second).predictor.getModel({ model }, IN_TIME);
  assert.deepEqual({ hiddenSize, hasRewardHead }, { hiddenSize: 8, hasRewardHead: true });
  assert.equal(await second.stop("SIGTERM"), 0);
});
