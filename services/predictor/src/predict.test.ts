import { createArtifactStore } from "@worldmodels/artifacts";
import { checkHealth, createClient, readTensor, toTensor } from "@worldmodels/grpc-kit";
import { sampleMixture } from "@worldmodels/mdn-rnn";
import { PredictorServiceService } from "@worldmodels/proto/predictor";
import type { PredictRequest, PredictResponse } from "@worldmodels/proto/predictor";
import { Dtype } from "@worldmodels/proto/tensor";
import type { Tensor } from "@worldmodels/proto/tensor";
import { createRng } from "@worldmodels/rng";
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { serviceStarter } from "@worldmodels/grpc-kit/testing";
import { saveTinyMdnRnn } from "./tiny-run.test-helper.js";
import type { TinyMdnRnn } from "./tiny-run.test-helper.js";

const startServiceProcess = serviceStarter(new URL("./main.ts", import.meta.url));

// As the service does: not before it is needed.
const { createMdnRnnStepper } = await import("@worldmodels/inference");
const folder = mkdtempSync(join(tmpdir(), "predictor-"));
const store = createArtifactStore(join(folder, "artifacts"));
const mdnRnn = await saveTinyMdnRnn(store);
const headless = await saveTinyMdnRnn(store, { rewardHead: false, terminatedHead: false });
const service = await startServiceProcess(folder, { model: mdnRnn.ref.digest, runs: join(folder, "runs") });
after(async () => {
  await service.stop("SIGKILL");
  rmSync(folder, { recursive: true });
});
const predictor = createClient(PredictorServiceService, service.connection);
const IN_TIME = { deadlineMs: 10_000 };

const floats = (tensor: Tensor | undefined) =>
  readTensor(
    tensor,
    "it",
    Dtype.DTYPE_FLOAT32,
    (tensor?.shape ?? []).map(() => undefined),
  );
const normal = (seed: number, ...shape: number[]) => {
  const size = shape.reduce((product, each) => product * each, 1);
  return toTensor(createRng(seed).fillStandardNormal(new Float32Array(size)), shape);
};
const requestOf = (rows: number, seed = rows): PredictRequest => ({
  model: "",
  latent: normal(seed, rows, 4),
  action: normal(seed + 1, rows, 3),
  state: { hidden: normal(seed + 2, rows, 8), cell: normal(seed + 3, rows, 8) },
});

/** What the library makes of a request, row by row. */
async function stepHere(request: PredictRequest, model: TinyMdnRnn = mdnRnn) {
  const rows = request.latent?.shape[0] ?? 0;
  const stepper = await createMdnRnnStepper({ mdnRnn: model, batch: rows });
  const state = request.state ?? { hidden: normal(0, rows, 8), cell: normal(0, rows, 8) };
  const zeros = request.state === undefined ? new Float32Array(rows * 8) : undefined;
  const prediction = await stepper.step(
    { latent: floats(request.latent), action: floats(request.action) },
    { hidden: zeros ?? floats(state.hidden), cell: zeros ?? floats(state.cell) },
  );
  return { prediction, close: () => stepper.close() };
}

async function assertIsLibrarys(response: PredictResponse, request: PredictRequest): Promise<void> {
  const { prediction, close } = await stepHere(request);
  assert.deepEqual(floats(response.mixture?.logits), prediction.mixture.logits);
  assert.deepEqual(floats(response.mixture?.mean), prediction.mixture.mean);
  assert.deepEqual(floats(response.mixture?.logStd), prediction.mixture.logStd);
  assert.deepEqual(floats(response.reward), prediction.reward);
  assert.deepEqual(floats(response.terminatedLogit), prediction.terminatedLogit);
  assert.deepEqual(floats(response.nextState?.hidden), prediction.hidden);
  assert.deepEqual(floats(response.nextState?.cell), prediction.cell);
  await close();
}

test("health answers for all services", async () => {
  for (const name of ["predictor.v1.PredictorService", "job.v1.JobService", "env.v1.EnvService"]) {
    const question = { service: `worldmodels.${name}`, deadlineMs: 10_000 };
    assert.equal(await checkHealth(service.connection, question), "SERVING", name);
  }
});

for (const rows of [1, 7, 37]) {
  test(`predict of ${rows} rows gives the library's bytes`, async () => {
    const request = requestOf(rows);
    const response = await predictor.predict(request, IN_TIME);
    assert.deepEqual(response.mixture?.mean?.shape, [rows, 4, 2]);
    assert.deepEqual(response.reward?.shape, [rows]);
    assert.deepEqual(response.nextState?.hidden?.shape, [rows, 8]);
    await assertIsLibrarys(response, request);
  });
}

test("a request without a state begins with zeros", async () => {
  const request = { ...requestOf(3), state: undefined };
  await assertIsLibrarys(await predictor.predict(request, IN_TIME), request);
});

test("a state goes through a caller unchanged: two steps are the library's two steps", async () => {
  const first = await predictor.predict({ ...requestOf(2), state: undefined }, IN_TIME);
  const request = { ...requestOf(2, 50), state: first.nextState };
  await assertIsLibrarys(await predictor.predict(request, IN_TIME), request);
});

test("an M without heads gives neither rewards nor ends", async () => {
  const model = headless.ref.digest;
  const { reward, terminatedLogit } = await predictor.predict({ ...requestOf(2), model }, IN_TIME);
  assert.equal(reward, undefined);
  assert.equal(terminatedLogit, undefined);
});

for (const [temperature, meant] of [
  [0, 1],
  [1.15, 1.15],
] as const) {
  test(`sample at temperature ${temperature} is the library's draw at ${meant}`, async () => {
    const step = requestOf(5);
    const request = { step, temperature, seed: 2n ** 63n + 5n };
    const { latent, prediction } = await predictor.sample(request, IN_TIME);
    const here = await stepHere(step);
    const drawn = sampleMixture(
      here.prediction.mixture,
      meant,
      createRng(request.seed),
      new Float32Array(5 * 4),
    );
    assert.deepEqual(latent?.shape, [5, 4]);
    assert.deepEqual(floats(latent), drawn);
    await assertIsLibrarys(prediction ?? assert.fail(), step);
    await here.close();
  });
}

test("callers at one time get their own answers", async () => {
  const requests = Array.from({ length: 24 }, (_, i) => requestOf(1 + (i % 6), 10 * i));
  const answers = await Promise.all(requests.map((request) => predictor.predict(request, IN_TIME)));
  for (const [i, request] of requests.entries()) await assertIsLibrarys(answers[i]!, request);
});

test("a model says its sizes and heads", async () => {
  const { model, networkJson, parameters, ...sizes } = await predictor.getModel({ model: "" }, IN_TIME);
  assert.deepEqual(model, mdnRnn.ref);
  assert.deepEqual(sizes, {
    latentSize: 4,
    actionSize: 3,
    hiddenSize: 8,
    components: 2,
    hasRewardHead: true,
    hasTerminatedHead: true,
  });
  assert.deepEqual(JSON.parse(networkJson), mdnRnn.network);
  const numbers = Object.values(mdnRnn.weights).reduce((sum, { data }) => sum + data.length, 0);
  assert.equal(parameters, BigInt(numbers));
});

const good = requestOf(2);
const withNaN = toTensor(Float32Array.of(0, 1, 2, 3, 4, NaN), [2, 3]);
for (const [what, change, code, message] of [
  [
    "an unknown model",
    { model: "mdn-rnn-000000000000" },
    "not-found",
    /^there is no artifact "?mdn-rnn-0000/,
  ],
  ["an absent latent", { latent: undefined }, "invalid-argument", /^latent is missing/],
  ["a latent of another size", { latent: normal(1, 2, 5) }, "invalid-argument", /^latent has shape \[2, 5\]/],
  [
    "another number of actions",
    { action: normal(1, 3, 3) },
    "invalid-argument",
    /^action has shape \[3, 3\]/,
  ],
  [
    "an action that is no number",
    { action: withNaN },
    "invalid-argument",
    /^action\[5\] = NaN is not a finite/,
  ],
  [
    "a state without its cell",
    { state: { hidden: normal(1, 2, 8), cell: undefined } },
    "invalid-argument",
    /^state\.cell is missing; it must be float32 \[2, 8\]$/,
  ],
  [
    "bytes of another type",
    { latent: toTensor(new Uint8Array(8), [2, 4]) },
    "invalid-argument",
    /^latent has dtype uint8/,
  ],
  [
    "too few bytes",
    { latent: { ...normal(1, 2, 4), data: new Uint8Array(31) } },
    "invalid-argument",
    /^latent has 31 bytes; its shape needs 32$/,
  ],
  [
    "no rows",
    { latent: toTensor(new Float32Array(0), [0, 4]) },
    "invalid-argument",
    /^latent has shape \[0, 4\]/,
  ],
  ["1025 rows", { latent: normal(1, 1025, 4) }, "invalid-argument", /^latent has 1025 rows; give 1 to 1024/],
] as const) {
  test(`${what} is refused`, async () => {
    const call = predictor.predict({ ...good, ...change }, IN_TIME);
    await assert.rejects(call, { name: "DomainError", code, message });
  });
}

for (const temperature of [-1, NaN, Infinity]) {
  test(`a temperature of ${temperature} is refused`, async () => {
    await assert.rejects(predictor.sample({ step: good, temperature, seed: 0n }, IN_TIME), {
      code: "invalid-argument",
      message: new RegExp(`^temperature is ${temperature} and must be a number above 0`),
    });
  });
}

test("a sample without a step is refused", async () => {
  await assert.rejects(predictor.sample({ step: undefined, temperature: 1, seed: 0n }, IN_TIME), {
    code: "invalid-argument",
    message: "step is missing; give what Predict takes",
  });
});

for (const [what, settings, message] of [
  ["an unknown setting", { "mdn_rnn.units": "5" }, /there is no setting "mdn_rnn\.units"/],
  ["a setting of another stage", { "vae.steps": "5" }, /vae\.steps is of train-vae/],
] as const) {
  test(`training with ${what} is refused`, async () => {
    const latents = { kind: "latents", digest: "0".repeat(64) };
    await assert.rejects(predictor.trainPredictor({ latents, settings, seed: 0n }, IN_TIME), {
      code: "invalid-argument",
      message,
    });
  });
}

test("training on latents that are not in the store is refused", async () => {
  const latents = { kind: "latents", digest: "0".repeat(64) };
  await assert.rejects(predictor.trainPredictor({ latents, settings: {}, seed: 0n }, IN_TIME), {
    code: "not-found",
    message: /^there is no artifact latents-000000000000 in this service's store /,
  });
});
