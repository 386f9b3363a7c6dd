import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultMdnRnnConfig } from "@worldmodels/mdn-rnn";
import type { MdnRnnConfig } from "@worldmodels/mdn-rnn";
import { createRng } from "@worldmodels/rng";
import { drawWindows } from "./latent-windows.js";
import type { LatentWindows } from "./latent-windows.js";

const config: MdnRnnConfig = { ...defaultMdnRnnConfig, latentDim: 2, actionSize: 1 };
/** Two rows of two steps; with a variance of e^-200 the draw is the mean. */
const exact: LatentWindows = {
  rows: 2,
  steps: 2,
  mean: Float32Array.of(1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60),
  logVariance: new Float32Array(12).fill(-200),
  actions: Float32Array.of(0.1, 0.2, 0.3, 0.4),
};
const float32 = (...values: number[]) => [...Float32Array.from(values)];

test("windows become time-major, and targets are the inputs' latents one step later", () => {
  const drawn = drawWindows(exact, config, createRng(1));
  assert.deepEqual([...drawn.inputs], float32(1, 2, 0.1, 10, 20, 0.3, 3, 4, 0.2, 30, 40, 0.4));
  assert.deepEqual([...drawn.targets], [3, 4, 30, 40, 5, 6, 50, 60]);
  assert.deepEqual([...drawn.mask], [1, 1, 1, 1]);
  assert.equal(drawn.keep, undefined);
});

test("inputs and targets share one draw, spread by exp(logVariance / 2)", () => {
  const rows = 500;
  const windows = {
    rows,
    steps: 2,
    mean: new Float32Array(rows * 6).fill(3),
    logVariance: new Float32Array(rows * 6).fill(Math.log(4)),
    actions: new Float32Array(rows * 2),
  };
  const { inputs, targets, posteriorStd } = drawWindows(windows, config, createRng(6));
  const latentAt = (step: number, row: number) =>
    inputs.slice((step * rows + row) * 3, (step * rows + row) * 3 + 2);
  for (let row = 0; row < rows; row++) {
    assert.deepEqual(latentAt(1, row), targets.slice(row * 2, row * 2 + 2));
  }
  const spread = Math.sqrt(targets.reduce((sum, z) => sum + (z - 3) ** 2, 0) / targets.length);
  // 2,000 draws: the estimate of a standard deviation is good to 1.6 %.
  assert.ok(Math.abs(spread - 2) < 0.15, `spread ${spread}`);
  posteriorStd.forEach((std) => assert.ok(Math.abs(std - 2) < 1e-6));
});

test("a restart is an input where M reads it, and resets the state except at the first step", () => {
  const flags = { ...exact, restarts: Uint8Array.of(1, 0, 0, 1) };
  const drawn = drawWindows(flags, { ...config, restartInput: true }, createRng(1));
  assert.deepEqual([...drawn.inputs], float32(1, 2, 0.1, 1, 10, 20, 0.3, 0, 3, 4, 0.2, 0, 30, 40, 0.4, 1));
  assert.deepEqual([...drawn.keep!], [0, 1, 1, 0]);
  assert.equal(
    drawWindows({ ...exact, restarts: Uint8Array.of(1, 0, 1, 0) }, config, createRng(1)).keep,
    undefined,
  );
});

test("a state that an earlier window left is passed on, and forgotten where the first step begins anew", () => {
  const state = { hidden: new Float32Array(2 * config.hidden), cell: new Float32Array(2 * config.hidden) };
  const drawn = drawWindows({ ...exact, state, restarts: Uint8Array.of(1, 0, 0, 0) }, config, createRng(1));
  assert.equal(drawn.state, state);
  assert.deepEqual([...drawn.keep!], [0, 1, 1, 1]);
});

test("masks, rewards and endings are turned like everything else, and the target mask is the mask unless given", () => {
  const masked = {
    ...exact,
    mask: Uint8Array.of(1, 1, 1, 0),
    rewards: Float32Array.of(1, 2, 3, 4),
    terminated: Uint8Array.of(0, 1, 0, 0),
  };
  const drawn = drawWindows(masked, config, createRng(1));
  assert.deepEqual([...drawn.mask], [1, 1, 1, 0]);
  assert.deepEqual([...drawn.targetMask], [1, 1, 1, 0]);
  assert.deepEqual([...drawn.rewards], [1, 3, 2, 4]);
  assert.deepEqual([...drawn.terminated], [0, 0, 1, 0]);
  const given = drawWindows({ ...masked, targetMask: Uint8Array.of(1, 0, 1, 0) }, config, createRng(1));
  assert.deepEqual([...given.targetMask], [1, 1, 0, 0]);
});

test("arrays of the wrong size and targets that a head lacks are refused", () => {
  const draw =
    (windows: LatentWindows, changed: Partial<MdnRnnConfig> = {}) =>
    () =>
      drawWindows(windows, { ...config, ...changed }, createRng(1));
  assert.throws(
    draw({ ...exact, actions: new Float32Array(5) }),
    /windows\.actions has 5 numbers where 2 rows of 2 steps need 4/,
  );
  assert.throws(draw({ ...exact, mask: new Uint8Array(1) }), /windows\.mask has 1 numbers/);
  assert.throws(
    draw({ ...exact, state: { hidden: new Float32Array(512), cell: new Float32Array(511) } }),
    /windows\.state\.cell has 511 numbers where 2 rows of 256 units need 512/,
  );
  assert.throws(
    draw(exact, { rewardHead: true }),
    /windows without rewards cannot train an M with a reward head/,
  );
  assert.throws(
    draw(exact, { terminatedHead: true }),
    /windows without terminated cannot train an M with a terminated head/,
  );
});
