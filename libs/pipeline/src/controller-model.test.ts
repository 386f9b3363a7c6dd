import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { controllerShape } from "@worldmodels/agent";
import { createArtifactStore, loadModel } from "@worldmodels/artifacts";
import { countParameters } from "@worldmodels/networks";
import { loadController, saveController } from "./controller-model.js";

const base = { latentDim: 4, hiddenDim: 3, actionSize: 2 };
const controllers = [
  { ...base, features: "z", hidden: 0, bias: true, hiddenDim: 0 },
  { ...base, features: "zh", hidden: 5, bias: true },
  { ...base, features: "zch", hidden: 0, bias: false },
  // The paper's in Doom.
  { features: "zch", hidden: 0, bias: false, latentDim: 64, hiddenDim: 512, actionSize: 1 },
] as const;

for (const config of controllers) {
  test(`a controller of ${JSON.stringify(config)} comes back from the store as it was`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "wm-controller-"));
    t.after(() => {
      rmSync(folder, { recursive: true, force: true });
    });
    const store = createArtifactStore(folder);
    const { parameterCount } = controllerShape(config);
    const parameters = Float64Array.from({ length: parameterCount }, (_, i) => Math.fround(Math.sin(i)));
    const ref = await saveController(store, config, parameters, {});
    const loaded = await loadController(store, ref);
    assert.deepEqual(loaded.config, config);
    assert.deepEqual(loaded.parameters, parameters);
    const { network } = await loadModel(store, ref, { kind: "controller" });
    assert.equal(countParameters(network), parameterCount);
  });
}
