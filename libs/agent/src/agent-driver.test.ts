import assert from "node:assert/strict";
import { test } from "node:test";
import { isDomainError } from "@worldmodels/errors";
import { createRng } from "@worldmodels/rng";
import type { AgentModel } from "./agent-model.js";
import { createAgentDriver } from "./agent-driver.js";
import { controllerShape } from "./controller-shape.js";
import { createFeatureModel } from "./feature-model.js";

const mapping = { type: "BOX", outputs: [{ scale: 1, offset: 0, low: -1, high: 1 }] } as const;

test("a model that gives log variances is sampled with the episode's own stream, whatever the slot", async () => {
  const shape = controllerShape({ features: "z", latentDim: 2, actionSize: 1 });
  const controller = Float64Array.of(0.25, 0.5, 0.125);
  const [mean, logVariance] = [Float32Array.of(0.3, -0.2), Float32Array.of(-1, -2)];
  const actIn = async (slot: number) => {
    const eyes = createFeatureModel({ batch: 3, latentDim: 2, hiddenDim: 0, names: { latent: "z" } });
    const spread = new Float32Array(6);
    spread.set(logVariance, slot * 2);
    const model: AgentModel = { ...eyes, logVariance: spread };
    const driver = createAgentDriver({ model, shape, mapping });
    driver.begin(slot, { controller, latentRng: createRng(11) });
    driver.see(slot, { z: mean }, 0);
    return (await driver.act())[slot];
  };
  const noise = createRng(11).fillStandardNormal(new Float64Array(2));
  const [z0, z1] = noise.map((n, i) => Math.fround(mean[i]! + Math.exp(logVariance[i]! / 2) * n));
  const expected = Math.fround(Math.tanh(z0! * 0.25 + z1! * 0.5 + 0.125));
  for (const slot of [0, 1, 2]) assert.equal(await actIn(slot), expected);
});

test("a sampled model refuses a task without a stream", () => {
  const shape = controllerShape({ features: "z", latentDim: 2, actionSize: 1 });
  const eyes = createFeatureModel({ batch: 1, latentDim: 2, hiddenDim: 0, names: { latent: "z" } });
  const driver = createAgentDriver({ model: { ...eyes, logVariance: new Float32Array(2) }, shape, mapping });
  assert.throws(
    () => driver.begin(0, { controller: new Float64Array(3) }),
    (error) => isDomainError(error, "invalid-argument") && /latentRng/.test(error.message),
  );
});

test("a controller of another width than the model's features is refused when the driver is made", () => {
  const model = createFeatureModel({
    batch: 1,
    latentDim: 2,
    hiddenDim: 4,
    names: { latent: "z", hidden: "h" },
  });
  const shape = controllerShape({ features: "zh", latentDim: 2, hiddenDim: 3, actionSize: 1 });
  assert.throws(
    () => createAgentDriver({ model, shape, mapping }),
    (error) =>
      isDomainError(error, "invalid-argument") && /reads 5 numbers \(zh\).* gives 6/.test(error.message),
  );
});

test("a controller that reads a state which the model does not give is refused", () => {
  const model = createFeatureModel({ batch: 1, latentDim: 2, hiddenDim: 3, names: { latent: "z" } });
  const shape = controllerShape({ features: "zh", latentDim: 2, hiddenDim: 3, actionSize: 1 });
  assert.throws(
    () => createAgentDriver({ model, shape, mapping }),
    (error) => isDomainError(error, "invalid-argument") && /reads h \(zh\)/.test(error.message),
  );
});

test("features that the environment gives land in their slots", async () => {
  const model = createFeatureModel({
    batch: 2,
    latentDim: 2,
    hiddenDim: 1,
    names: { latent: "z", hidden: "h", cell: "c" },
  });
  assert.deepEqual(model.observationNames, ["z", "h", "c"]);
  const observations = { z: Float32Array.of(1, 2, 3, 4), h: Float32Array.of(5, 6), c: Float32Array.of(7, 8) };
  model.see(0, observations, 1);
  model.see(1, observations, 0);
  await model.advance(new Float32Array(0));
  assert.deepEqual([...model.features.latent], [3, 4, 1, 2]);
  assert.deepEqual([...model.features.hidden], [6, 5]);
  assert.deepEqual([...model.features.cell], [8, 7]);
});
