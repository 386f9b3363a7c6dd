import assert from "node:assert/strict";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { createArtifactStore } from "@worldmodels/artifacts";
import { loadDreamStarts, saveDreamStarts } from "./dream-starts.js";
import type { DreamStarts } from "./dream-starts.js";

const starts: DreamStarts = {
  latentDim: 2,
  latents: { mean: Float32Array.of(1, 2, 3, 4), logVariance: Float32Array.of(-1, -2, -3, -4) },
  action: { type: "BOX", size: 1, low: [-1], high: [1], names: ["strafe"] },
  tickSeconds: 1 / 35,
  rewardRange: [1, 1],
  maxEpisodeSteps: 2100,
};

async function makeStore(t: TestContext) {
  const root = await mkdtemp(join(tmpdir(), "worldmodels-starts-"));
  t.after(() => rm(root, { recursive: true, force: true }));
  return createArtifactStore(root);
}

const games: Record<string, Partial<DreamStarts>> = {
  "a game that pays 1 for every step of at most 2100": {},
  "a game without bounds or a limit": { rewardRange: [-Infinity, Infinity], maxEpisodeSteps: null },
  "a game with one bound": { rewardRange: [-100, Infinity] },
};
for (const [name, facts] of Object.entries(games)) {
  test(`starts of ${name} are read as they were saved`, async (t) => {
    const store = await makeStore(t);
    const saved = { ...starts, ...facts };
    assert.deepEqual(await loadDreamStarts(store, await saveDreamStarts(store, saved)), saved);
  });
}

test("starts of an earlier version know of no bound and no limit", async (t) => {
  const store = await makeStore(t);
  const { folder, metadata } = await store.open(await saveDreamStarts(store, starts));
  const { rewardRange: _, maxEpisodeSteps: __, ...earlier } = metadata;
  const ref = await store.write("dream-starts", earlier, async (target) => {
    await copyFile(join(folder, "starts.safetensors"), join(target, "starts.safetensors"));
  });
  const { rewardRange, maxEpisodeSteps } = await loadDreamStarts(store, ref);
  assert.deepEqual([rewardRange, maxEpisodeSteps], [[-Infinity, Infinity], null]);
});
