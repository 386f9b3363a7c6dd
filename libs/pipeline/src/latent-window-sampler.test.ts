import { createRng } from "@worldmodels/rng";
import assert from "node:assert/strict";
import { test } from "node:test";
import { countedEpisode as episode, countedSizes as sizes } from "./counted-episode.test-helper.js";
import { createLatentWindowSampler } from "./latent-window-sampler.js";

test("a window's latents, actions and rewards belong together", () => {
  const sampler = createLatentWindowSampler([episode(1, 9, false), episode(2, 7, true)], 4, sizes);
  const windows = sampler.sample(200, createRng(0));
  for (let row = 0; row < windows.rows; row++) {
    const first = windows.actions[row * 4]!;
    for (let step = 0; step < 4; step++) {
      assert.equal(windows.actions[row * 4 + step], first + step);
      assert.equal(windows.rewards![row * 4 + step], first + step);
      assert.equal(windows.mean[(row * 5 + step) * 2], first + step);
      assert.equal(windows.mean[(row * 5 + step) * 2 + 1], -(first + step));
    }
  }
});

test("every place is drawn, the last steps of an episode included", () => {
  const sampler = createLatentWindowSampler([episode(1, 9, false), episode(2, 7, true)], 4, sizes);
  const windows = sampler.sample(500, createRng(0));
  const firsts = new Set(Array.from({ length: windows.rows }, (_, row) => windows.actions[row * 4]!));
  assert.deepEqual(
    [...firsts].sort((a, b) => a - b),
    [100, 101, 102, 103, 104, 105, 200, 201, 202, 203],
  );
});

test("the latent after an episode's last step is no target, but its end is", () => {
  const sampler = createLatentWindowSampler([episode(2, 7, true)], 4, sizes);
  const windows = sampler.sample(100, createRng(0));
  const row = Array.from({ length: windows.rows }, (_, i) => i).find((i) => windows.actions[i * 4] === 203)!;
  const of = (flags: Uint8Array) => [...flags.subarray(row * 4, row * 4 + 4)];
  assert.deepEqual(of(windows.mask!), [1, 1, 1, 1]);
  assert.deepEqual(of(windows.targetMask!), [1, 1, 1, 0]);
  assert.deepEqual(of(windows.terminated!), [0, 0, 0, 1]);
});

test("an episode shorter than a window is masked after its end", () => {
  const windows = createLatentWindowSampler([episode(3, 2, true)], 4, sizes).spread(1);
  assert.deepEqual([...windows.mask!], [1, 1, 0, 0]);
  assert.deepEqual([...windows.targetMask!], [1, 0, 0, 0]);
  assert.deepEqual([...windows.rewards!], [300, 301, 0, 0]);
});

test("windows are spread over the episodes and always the same", () => {
  const sampler = createLatentWindowSampler([episode(1, 8, false), episode(2, 8, false)], 4, sizes);
  const { actions } = sampler.spread(4);
  assert.deepEqual([actions[0], actions[4], actions[8], actions[12]], [100, 102, 200, 202]);
  assert.deepEqual(sampler.spread(4), sampler.spread(4));
});

test("a window that begins with an episode says so", () => {
  const { restarts } = createLatentWindowSampler([episode(1, 6, true)], 4, sizes).spread(3);
  assert.deepEqual([...restarts!], [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
});
