import { createArtifactStore } from "@worldmodels/artifacts";
import { checkHealth, createClient, toTensor } from "@worldmodels/grpc-kit";
import { EncoderServiceService } from "@worldmodels/proto/encoder";
import { Dtype } from "@worldmodels/proto/tensor";
import type { Tensor } from "@worldmodels/proto/tensor";
import { createRng } from "@worldmodels/rng";
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { serviceStarter } from "@worldmodels/grpc-kit/testing";
import { randomFrames, saveTinyEpisodes, saveTinyVae } from "./tiny-vae.test-helper.js";

const startServiceProcess = serviceStarter(new URL("./main.ts", import.meta.url));

// As the service does: not before it is needed.
const { createDecoder, createEncoder } = await import("@worldmodels/inference");
const folder = mkdtempSync(join(tmpdir(), "encoder-"));
const store = createArtifactStore(join(folder, "artifacts"));
const vae = await saveTinyVae(store);
const other = await saveTinyVae(store, 4);
const episodes = await saveTinyEpisodes(store);
const service = await startServiceProcess(folder, { model: vae.ref.digest });
after(async () => {
  await service.stop("SIGKILL");
  rmSync(folder, { recursive: true });
});
const encoder = createClient(EncoderServiceService, service.connection);
const IN_TIME = { deadlineMs: 10_000 };

const framesOf = (frames: Uint8Array) => toTensor(frames, [frames.length / 12_288, 64, 64, 3]);
const bytesIn = (tensor: Tensor | undefined) => Buffer.from(tensor?.data ?? []);
const bytesOf = (array: Float32Array | Uint8Array) =>
  Buffer.from(array.buffer, array.byteOffset, array.byteLength);

/** What the library gives for the same rows, in calls of four as rollouts make them. */
async function encodeHere(frames: Uint8Array, network = vae) {
  const session = await createEncoder({ vae: network, batch: 4, logVariance: true });
  const [means, spreads]: [Buffer[], Buffer[]] = [[], []];
  for (let start = 0; start < frames.length; start += 4 * 12_288) {
    const { mean, logVariance } = await session.encode(frames.subarray(start, start + 4 * 12_288));
    means.push(Buffer.from(bytesOf(mean)));
    spreads.push(Buffer.from(bytesOf(logVariance ?? mean)));
  }
  await session.close();
  return { mean: Buffer.concat(means), logVariance: Buffer.concat(spreads) };
}

test("health answers for both services", async () => {
  for (const name of ["", "worldmodels.encoder.v1.EncoderService", "worldmodels.job.v1.JobService"]) {
    assert.equal(
      await checkHealth(service.connection, { service: name, deadlineMs: 10_000 }),
      "SERVING",
      name,
    );
  }
});

for (const rows of [1, 7, 33]) {
  test(`encode of ${rows} rows gives the library's bytes`, async () => {
    const frames = randomFrames(rows, rows);
    const { mean, logVariance } = await encoder.encode({ model: "", frames: framesOf(frames) }, IN_TIME);
    const expected = await encodeHere(frames);
    assert.deepEqual(mean?.shape, [rows, 4]);
    assert.equal(mean.dtype, Dtype.DTYPE_FLOAT32);
    assert.deepEqual(bytesIn(mean), expected.mean);
    assert.deepEqual(bytesIn(logVariance), expected.logVariance);
  });

  test(`decode of ${rows} rows gives the library's bytes`, async () => {
    const latent = createRng(rows).fillStandardNormal(new Float32Array(rows * 4));
    const { frames } = await encoder.decode({ model: "", latent: toTensor(latent, [rows, 4]) }, IN_TIME);
    const decoder = await createDecoder({ vae, batch: rows });
    assert.deepEqual(frames?.shape, [rows, 64, 64, 3]);
    assert.deepEqual(bytesIn(frames), bytesOf(await decoder.decode(latent)));
    await decoder.close();
  });
}

test("1024 rows are taken", async () => {
  const frames = framesOf(new Uint8Array(1024 * 12_288));
  const { mean } = await encoder.encode({ model: "", frames }, IN_TIME);
  assert.deepEqual(mean?.shape, [1024, 4]);
});

test("callers at one time, with two models, get their own answers", async () => {
  const asked = Array.from({ length: 24 }, (_, i) => ({
    frames: randomFrames(1 + (i % 5), 100 + i),
    network: i % 2 === 0 ? vae : other,
  }));
  const answers = await Promise.all(
    asked.map(({ frames, network }) =>
      encoder.encode({ model: network.ref.digest, frames: framesOf(frames) }, IN_TIME),
    ),
  );
  for (const [i, { frames, network }] of asked.entries()) {
    assert.deepEqual(bytesIn(answers[i]?.mean), (await encodeHere(frames, network)).mean, `call ${i}`);
  }
});

for (const [what, which] of [
  ["nothing", ""],
  ["a digest", vae.ref.digest],
  ["the beginning of a digest", vae.ref.digest.slice(0, 8)],
  ["a name", `vae-${vae.ref.digest.slice(0, 12)}`],
] as const) {
  test(`a model is found by ${what}`, async () => {
    const model = await encoder.getModel({ model: which }, IN_TIME);
    assert.deepEqual(model.model, vae.ref);
    assert.equal(model.latentSize, 4);
    assert.equal(model.observation, "wm64");
    assert.deepEqual(JSON.parse(model.networkJson), vae.network);
    const numbers = Object.values(vae.weights).reduce((sum, { data }) => sum + data.length, 0);
    assert.equal(model.parameters, BigInt(numbers));
  });
}

const frame = framesOf(randomFrames(1));
const latent = (values: readonly number[]) => toTensor(Float32Array.from(values), [1, values.length]);

for (const [what, call, code, message] of [
  [
    "an unknown model",
    () => encoder.encode({ model: "vae-000000000000", frames: frame }, IN_TIME),
    "not-found",
    /^there is no artifact "?vae-000000000000"? in /,
  ],
  [
    "an artifact of another kind",
    () => encoder.getModel({ model: episodes.digest }, IN_TIME),
    "failed-precondition",
    /^episodes-[0-9a-f]{12} is not a vae/,
  ],
  [
    "absent frames",
    () => encoder.encode({ model: "", frames: undefined }, IN_TIME),
    "invalid-argument",
    /^frames is missing; it must be uint8 \[rows, 64, 64, 3\]$/,
  ],
  [
    "frames of another type",
    () => encoder.encode({ model: "", frames: latent([1, 2]) }, IN_TIME),
    "invalid-argument",
    /^frames has dtype float32/,
  ],
  [
    "frames of another size",
    () => encoder.encode({ model: "", frames: { ...frame, shape: [1, 96, 96, 3] } }, IN_TIME),
    "invalid-argument",
    /^frames has shape \[1, 96, 96, 3\]/,
  ],
  [
    "bytes that do not fit the shape",
    () => encoder.encode({ model: "", frames: { ...frame, shape: [2, 64, 64, 3] } }, IN_TIME),
    "invalid-argument",
    /^frames has 12288 bytes; its shape needs 24576$/,
  ],
  [
    "no rows",
    () => encoder.encode({ model: "", frames: toTensor(new Uint8Array(0), [0, 64, 64, 3]) }, IN_TIME),
    "invalid-argument",
    /^frames has shape \[0, 64, 64, 3\]/,
  ],
  [
    "1025 rows",
    () => encoder.encode({ model: "", frames: framesOf(new Uint8Array(1025 * 12_288)) }, IN_TIME),
    "invalid-argument",
    /^frames has 1025 rows; give 1 to 1024/,
  ],
  [
    "a latent that is not a number",
    () => encoder.decode({ model: "", latent: latent([0, 1, NaN, 3]) }, IN_TIME),
    "invalid-argument",
    /^latent\[2\] = NaN is not a finite number$/,
  ],
  [
    "a latent of another size",
    () => encoder.decode({ model: "", latent: latent([0, 1, 2]) }, IN_TIME),
    "invalid-argument",
    /^latent has shape \[1, 3\]; it must be float32 \[rows, 4\]$/,
  ],
  [
    "an unknown setting",
    () => encoder.trainEncoder({ episodes, settings: { "vae.step": "5" }, seed: 0n }, IN_TIME),
    "invalid-argument",
    /vae\.step".*did you mean vae\.steps/,
  ],
  [
    "a setting out of range",
    () => encoder.trainEncoder({ episodes, settings: { "vae.latent": "0" }, seed: 0n }, IN_TIME),
    "invalid-argument",
    /vae\.latent = "0" is out of range: 1 to 4096/,
  ],
  [
    "training without episodes",
    () => encoder.trainEncoder({ episodes: undefined, settings: {}, seed: 0n }, IN_TIME),
    "invalid-argument",
    /the input episodes is missing/,
  ],
  [
    "training on latents",
    () => encoder.trainEncoder({ episodes: vae.ref, settings: {}, seed: 0n }, IN_TIME),
    "invalid-argument",
    /the input episodes is of kind "vae"/,
  ],
  [
    "episodes that are not in the store",
    () =>
      encoder.encodeEpisodes(
        { episodes: { kind: "episodes", digest: "0".repeat(64) }, vae: vae.ref, seed: 0n },
        IN_TIME,
      ),
    "not-found",
    /^there is no artifact episodes-000000000000 in this service's store /,
  ],
] as const) {
  test(`${what} is refused`, async () => {
    await assert.rejects(call, { name: "DomainError", code, message });
  });
}
