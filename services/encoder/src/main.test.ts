import { copyArtifact, createArtifactStore } from "@worldmodels/artifacts";
import { createClient } from "@worldmodels/grpc-kit";
import { runJob } from "@worldmodels/jobs";
import { stageDefinition, stageProcessEnv } from "@worldmodels/pipeline/stages";
import { EncoderServiceService } from "@worldmodels/proto/encoder";
import { JobServiceService, JobState } from "@worldmodels/proto/job";
import type { Job } from "@worldmodels/proto/job";
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { serviceStarter } from "@worldmodels/grpc-kit/testing";
import type { ServiceProcess } from "@worldmodels/grpc-kit/testing";
import { randomFrames, saveTinyEpisodes, saveTinyVae } from "./tiny-vae.test-helper.js";

const startServiceProcess = serviceStarter(new URL("./main.ts", import.meta.url));

const root = mkdtempSync(join(tmpdir(), "encoder-life-"));
after(() => {
  rmSync(root, { recursive: true, maxRetries: 5 });
});
const newFolder = () => mkdtempSync(join(root, "x"));
const IN_TIME = { deadlineMs: 10_000 };
const SETTINGS = { "vae.latent": "4", "vae.batch": "2", "vae.steps": "6" };

const clientsOf = ({ connection }: ServiceProcess) => ({
  encoder: createClient(EncoderServiceService, connection),
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

test("a call under way when SIGTERM comes is answered", async () => {
  const folder = newFolder();
  const { ref } = await saveTinyVae(createArtifactStore(join(folder, "artifacts")));
  const service = await startServiceProcess(folder, { model: ref.digest });
  const { encoder } = clientsOf(service);
  await encoder.getModel({ model: "" }, IN_TIME);
  const frames = { dtype: 1, shape: [512, 64, 64, 3], data: randomFrames(512) as Buffer<ArrayBuffer> };
  const asked = encoder.encode({ model: "", frames }, IN_TIME);
  service.child.kill("SIGTERM");
  const outcome = await asked.then(
    ({ mean }) => mean?.shape,
    (error: { code: string }) => error.code,
  );
  // It may have come before the call did; what must not happen is half an answer or a bug.
  assert.ok(outcome === "unavailable" || (outcome?.[0] ?? 0) === 512, String(outcome));
  assert.equal(await service.exited, 0);
  service.connection.close();
});

for (const [what, flags, message] of [
  ["an unknown setting", { modell: "x" }, /there is no --modell \(did you mean --model\?\)/],
  [
    "a model that is not in the store",
    { model: "vae-000000000000" },
    /there is no artifact "vae-000000000000"/,
  ],
] as const) {
  test(`${what} ends the start with exit code 2 and one sentence`, async () => {
    await assert.rejects(startServiceProcess(newFolder(), flags), (error: Error) => {
      assert.match(error.message, /^the service ended with 2: encoder: /);
      assert.match(error.message, message);
      return true;
    });
  });
}

test(
  "neither TensorFlow nor ONNX Runtime is loaded before a model is used",
  { skip: process.platform !== "linux" && "it looks into /proc" },
  async () => {
    const folder = newFolder();
    const { ref } = await saveTinyVae(createArtifactStore(join(folder, "artifacts")));
    const service = await startServiceProcess(folder);
    const libraries = () => readFileSync(`/proc/${service.child.pid}/maps`, "utf8");
    const { encoder } = clientsOf(service);
    await encoder.getModel({ model: ref.digest }, IN_TIME);
    assert.doesNotMatch(libraries(), /onnxruntime|tensorflow/i);
    const frames = { dtype: 1, shape: [1, 64, 64, 3], data: randomFrames(1) as Buffer<ArrayBuffer> };
    await encoder.encode({ model: ref.digest, frames }, IN_TIME);
    assert.match(libraries(), /onnxruntime/);
    assert.doesNotMatch(libraries(), /tensorflow/i);
    await service.stop("SIGTERM");
  },
);

test("a training that is killed with its service goes on to the bytes of an undisturbed one; then it encodes", async () => {
  const folder = newFolder();
  const store = createArtifactStore(join(folder, "artifacts"));
  const episodes = await saveTinyEpisodes(store);
  const first = await startServiceProcess(folder);
  const { job } = await clientsOf(first).encoder.trainEncoder(
    { episodes, settings: SETTINGS, seed: 5n },
    IN_TIME,
  );
  const id = job?.id ?? "";
  await follow(first, id, ({ progress }) => (progress?.done ?? 0) >= 2);
  assert.equal(await first.stop("SIGKILL"), "SIGKILL");

  const second = await startServiceProcess(folder);
  const trained = await follow(second, id, () => false);
  assert.equal(trained.state, JobState.JOB_STATE_SUCCEEDED, trained.error?.message ?? "");
  assert.equal(trained.attempts, 2);
  assert.equal(trained.settings["vae.learning_rate"], "0.0001");

  const other = newFolder();
  const otherStore = createArtifactStore(join(other, "artifacts"));
  await copyArtifact(store, otherStore, episodes);
  const undisturbed = await runJob({
    definition: stageDefinition("train-vae", { inputs: { episodes }, settings: SETTINGS, seed: 5n }),
    jobsFolder: join(other, "jobs"),
    store: otherStore,
    workers: 1,
    processEnv: stageProcessEnv("train-vae"),
  });
  assert.deepEqual(trained.outputs, undisturbed.artifacts);
  assert.equal(id, undisturbed.key);

  const vae = trained.outputs["vae"];
  const encoding = await clientsOf(second).encoder.encodeEpisodes({ episodes, vae, seed: 0n }, IN_TIME);
  const encoded = await follow(second, encoding.job?.id ?? "", () => false);
  assert.equal(encoded.state, JobState.JOB_STATE_SUCCEEDED, encoded.error?.message ?? "");
  assert.deepEqual(Object.keys(encoded.outputs).sort(), ["dream-starts", "latents"]);
  const again = await clientsOf(second).encoder.encodeEpisodes({ episodes, vae, seed: 0n }, IN_TIME);
  assert.equal(again.job?.state, JobState.JOB_STATE_SUCCEEDED);
  assert.equal(await second.stop("SIGTERM"), 0);
});
