import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { controllerShape } from "@worldmodels/agent";
import type { ControllerFeatures } from "@worldmodels/agent";
import { createArtifactStore, saveModel } from "@worldmodels/artifacts";
import { createCountingEngine, createVectorEnv } from "@worldmodels/env";
import type { Engine, ObservationSpec } from "@worldmodels/env";
import { mdnRnnNetwork } from "@worldmodels/mdn-rnn";
import { initialiseWeights } from "@worldmodels/networks";
import type { NetworkDescription } from "@worldmodels/networks";
import { createRng } from "@worldmodels/rng";
import { createModelFor } from "./create-model-for.js";

const root = mkdtempSync(join(tmpdir(), "worldmodels-model-for-"));
after(() => {
  rmSync(root, { recursive: true });
});
const store = createArtifactStore(root);
const [latentDim, hiddenDim] = [4, 3];
const weightsOf = (network: NetworkDescription) => initialiseWeights(network, createRng(1));

/** Any network will do for V here: it is not run. */
const line: NetworkDescription = {
  inputs: { x: [1] },
  chains: [
    { name: "y", from: "x", layers: [{ type: "dense", name: "dense", units: 1, activation: "linear" }] },
  ],
};
const sizes = { latentDim, hidden: hiddenDim, actionSize: 3 };
const heads = { mixtures: 2, restartInput: false, rewardHead: false, terminatedHead: false };
const memory = mdnRnnNetwork({ ...sizes, ...heads });
const vae = await saveModel(store, {
  kind: "vae",
  network: line,
  config: { latentDim, observation: "wm64" },
  weights: weightsOf(line),
});
const mdnRnn = await saveModel(store, {
  kind: "mdn-rnn",
  network: memory,
  config: sizes,
  weights: weightsOf(memory),
});
const driverOf = (features: ControllerFeatures) =>
  ({
    type: "agent",
    store: root,
    vae,
    mdnRnn,
    controller: controllerShape({ features, latentDim, hiddenDim, actionSize: 1, bias: false }),
  }) as const;

/** What a dream shows: z, h and c, in which each number says its slot, its letter and its place. */
function createDreamLikeEngine(): Engine {
  const engine = createCountingEngine({ numEnvs: 2, actionSize: 1, episodeLength: 9 });
  const floats = (size: number): ObservationSpec => ({
    dtype: "float32",
    shape: [size],
    low: -Infinity,
    high: Infinity,
    meaning: "FEATURES",
  });
  const observations = { z: floats(latentDim), hidden: floats(hiddenDim), cell: floats(hiddenDim) };
  return {
    spec: { ...engine.spec, kind: "DREAM", observations, defaultObservations: ["z"], snapshots: "NONE" },
    numEnvs: engine.numEnvs,
    reset: (slots, seeds) => engine.reset(slots, seeds),
    step: (slots, actions, outcome) => engine.step(slots, actions, outcome),
    observe(slot, name, out, offset) {
      const size = name === "z" ? latentDim : hiddenDim;
      for (let i = 0; i < size; i++) out[offset + i] = 100 * slot + 10 * "zhc".indexOf(name.charAt(0)) + i;
    },
    render: (slot, width, height) => engine.render(slot, width, height),
    close: () => engine.close(),
  };
}

const cases: [ControllerFeatures, string[], number[], number[]][] = [
  ["z", ["z"], [], []],
  ["zh", ["z", "hidden"], [10, 11, 12, 110, 111, 112], []],
  ["zch", ["z", "hidden", "cell"], [10, 11, 12, 110, 111, 112], [20, 21, 22, 120, 121, 122]],
];
for (const [features, names, hidden, cell] of cases) {
  test(`a controller that reads ${features} is given it by the dream itself`, async () => {
    const env = createVectorEnv(createDreamLikeEngine(), { observations: ["z", "hidden", "cell"] });
    const model = await createModelFor(driverOf(features), env);
    assert.deepEqual(model.observationNames, names);
    const batch = await env.reset({ observations: names });
    for (const slot of [0, 1]) model.see(slot, batch.observations, slot);
    await model.advance(new Float32Array(2));
    assert.deepEqual([...model.features.latent], [0, 1, 2, 3, 100, 101, 102, 103]);
    assert.deepEqual([...model.features.hidden], hidden);
    assert.deepEqual([...model.features.cell], cell);
    await model.close();
    await env.close();
  });
}

test("models of another game are refused before a step is taken", async () => {
  const env = createVectorEnv(createCountingEngine({ numEnvs: 1, actionSize: 1, episodeLength: 9 }), {
    observations: ["wm64"],
  });
  await assert.rejects(createModelFor(driverOf("zh"), env), {
    code: "failed-precondition",
    message: /was made with actionSize = 3, and 1 is needed here/,
  });
  await env.close();
});
