import assert from "node:assert/strict";
import { test } from "node:test";
import { createLatentChain, cutChains } from "./latent-chain.js";
import { countedEpisode, countedSizes as sizes } from "./counted-episode.test-helper.js";

const chain = createLatentChain([
  countedEpisode(1, 3, true),
  countedEpisode(2, 4, false),
  countedEpisode(3, 2, true),
]);

test("a window goes over episodes' ends: the state begins anew, and the latent behind an end is no target", () => {
  const windows = cutChains([{ chain, first: 1 }], 6, sizes);
  assert.deepEqual([...windows.actions], [101, 102, 200, 201, 202, 203]);
  assert.deepEqual([...windows.rewards], [101, 102, 200, 201, 202, 203]);
  assert.deepEqual(
    [...windows.mean].filter((_, i) => i % 2 === 0),
    [101, 102, 200, 201, 202, 203, 300],
  );
  assert.deepEqual([...windows.restarts], [0, 0, 1, 0, 0, 0]);
  assert.deepEqual([...windows.mask], [1, 1, 1, 1, 1, 1]);
  assert.deepEqual([...windows.targetMask], [1, 0, 1, 1, 1, 0]);
});

test("an end is told from a cut-off: only the first is one", () => {
  const { terminated } = cutChains([{ chain, first: 0 }], 9, sizes);
  assert.deepEqual([...terminated], [0, 0, 1, 0, 0, 0, 0, 0, 1]);
});

test("rows are cut each at their own place, and behind the end of a chain there is nothing", () => {
  const short = createLatentChain([countedEpisode(4, 2, true)]);
  const places = [
    { chain, first: 7 },
    { chain: short, first: 0 },
    { chain: short, first: 9 },
  ];
  const windows = cutChains(places, 3, sizes);
  assert.deepEqual([...windows.actions], [300, 301, 0, 400, 401, 0, 0, 0, 0]);
  assert.deepEqual([...windows.mask], [1, 1, 0, 1, 1, 0, 0, 0, 0]);
  assert.deepEqual([...windows.targetMask], [1, 0, 0, 1, 0, 0, 0, 0, 0]);
  assert.deepEqual([...windows.restarts], [1, 0, 0, 1, 0, 0, 0, 0, 0]);
});
