import assert from "node:assert/strict";
import { mkdtemp, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { NetworkDescription } from "@worldmodels/networks";
import { createArtifactStore } from "./artifact-store.js";
import { loadModel, saveModel } from "./model-artifact.js";
import type { Model } from "./model-artifact.js";

const NETWORK: NetworkDescription = {
  inputs: { z: [3] },
  chains: [
    { name: "control", from: "z", layers: [{ type: "dense", name: "out", units: 2, activation: "tanh" }] },
  ],
};
const MODEL: Model = {
  kind: "controller",
  network: NETWORK,
  config: { latentDim: 3, observation: "wm64", actions: ["steer", "gas"] },
  weights: {
    "control/out/kernel": { shape: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
    "control/out/bias": { shape: [2], data: Float32Array.of(0.5, -0.5) },
  },
};

const root = await mkdtemp(join(tmpdir(), "models-"));
after(() => rm(root, { recursive: true }));

async function newStore() {
  return createArtifactStore(await mkdtemp(join(root, "store-")));
}

test("a saved model comes back with its network, configuration, weights and origin", async () => {
  const store = await newStore();
  const ref = await saveModel(store, MODEL, { training: { steps: 10 } });
  const config = { observation: "wm64", actions: ["steer", "gas"] };
  const loaded = await loadModel(store, ref, { kind: "controller", config });
  assert.deepEqual({ ...loaded, weights: { ...loaded.weights } }, { ...MODEL, ref, training: { steps: 10 } });
});

for (const [key, value, sentence] of [
  [
    "latentDim",
    32,
    /made with latentDim = 3, and 32 is needed here; it is a model of another size or observation/,
  ],
  ["observation", "paper", /made with observation = "wm64", and "paper" is needed/],
  ["hidden", 256, /made with hidden = nothing, and 256 is needed/],
] as const) {
  test(`a model whose ${key} does not fit is refused`, async () => {
    const store = await newStore();
    const ref = await saveModel(store, MODEL);
    await assert.rejects(loadModel(store, ref, { config: { [key]: value } }), {
      code: "failed-precondition",
      message: sentence,
    });
  });
}

test("a model of another kind is refused", async () => {
  const store = await newStore();
  const ref = await saveModel(store, MODEL);
  await assert.rejects(loadModel(store, ref, { kind: "vae" }), {
    code: "failed-precondition",
    message: /^controller-[0-9a-f]{12} is not a vae/,
  });
});

test("an artifact that is no model is refused", async () => {
  const store = await newStore();
  const ref = await store.write("episodes", {}, () => Promise.resolve());
  await assert.rejects(loadModel(store, ref), { code: "failed-precondition", message: /holds no model/ });
});

test("weights of another network are not saved", async () => {
  const network = { ...NETWORK, inputs: { z: [4] } };
  await assert.rejects(saveModel(await newStore(), { ...MODEL, network }), { code: "invalid-argument" });
});

test("a truncated weights file is named with its sizes", async () => {
  const store = await newStore();
  const { folder } = await store.open(await saveModel(store, MODEL));
  await truncate(join(folder, "weights.safetensors"), 100);
  await assert.rejects(loadModel(store, "controller", {}), { code: "not-found" });
  await assert.rejects(loadModel(store, folder.slice(-12)), {
    code: "data-loss",
    message: /weights\.safetensors has 100 bytes instead of \d+/,
  });
});
