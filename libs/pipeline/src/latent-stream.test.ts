import { seedSequence } from "@worldmodels/rng";
import assert from "node:assert/strict";
import { test } from "node:test";
import { countedEpisode, countedSizes as sizes } from "./counted-episode.test-helper.js";
import { createLatentStream } from "./latent-stream.js";

const lengths = [7, 13, 5, 20, 11, 9, 16, 3];
const episodes = lengths.map((length, i) => countedEpisode(i + 1, length, i % 2 === 0));
const total = lengths.reduce((sum, length) => sum + length, 0);
const everyStep = lengths.flatMap((length, i) => Array.from({ length }, (_, step) => 100 * (i + 1) + step));
const [rows, windowSteps] = [3, 4];
const createStream = (seed = 5) =>
  createLatentStream(episodes, { rows, windowSteps }, sizes, seedSequence(seed));

/** The steps of an epoch, row by row, as the windows have them one after another. */
function readEpoch(stream: ReturnType<typeof createStream>, epoch: number): number[][] {
  const read: number[][] = Array.from({ length: rows }, () => []);
  for (let k = 0; k < stream.windowsPerEpoch; k++) {
    const { windows } = stream.windowsOf(epoch * stream.windowsPerEpoch + k);
    read.forEach((row, i) => row.push(...windows.actions.subarray(i * windowSteps, (i + 1) * windowSteps)));
  }
  return read;
}

test("an epoch has every step of every episode once, but for a tail of less than one training step", () => {
  const stream = createStream();
  assert.equal(stream.windowsPerEpoch, Math.floor(total / (rows * windowSteps)));
  for (const epoch of [0, 1, 2]) {
    const steps = readEpoch(stream, epoch).flat();
    assert.equal(new Set(steps).size, steps.length);
    assert.ok(steps.every((step) => everyStep.includes(step)));
    assert.ok(total - steps.length < rows * windowSteps);
  }
});

test("each row goes on where its window before ended, and each where the row above it ends: one stream", () => {
  const steps = readEpoch(createStream(), 0).flat();
  steps.slice(1).forEach((step, i) => {
    const before = steps[i]!;
    const isEnd = before % 100 === lengths[Math.floor(before / 100) - 1]! - 1;
    assert.ok(isEnd ? step % 100 === 0 : step === before + 1, `${before} is followed by ${step}`);
  });
});

test("restarts, ends and targets are those of the steps, wherever a window cuts an episode", () => {
  const stream = createStream();
  for (let k = 0; k < 3 * stream.windowsPerEpoch; k++) {
    const { windows } = stream.windowsOf(k);
    windows.actions.forEach((value, i) => {
      const [number, step] = [Math.floor(value / 100), value % 100];
      const isLast = step === lengths[number - 1]! - 1;
      assert.equal(windows.restarts![i], step === 0 ? 1 : 0);
      assert.equal(windows.terminated![i], isLast && number % 2 === 1 ? 1 : 0);
      assert.equal(windows.mask![i], 1);
      assert.equal(windows.targetMask![i], isLast ? 0 : 1);
    });
  }
});

test("the latent behind a window is the first of the next, so the last step of a window is learnt from too", () => {
  const stream = createStream();
  const { windows: first } = stream.windowsOf(0);
  const { windows: second } = stream.windowsOf(1);
  const latents = (windows: typeof first, row: number, step: number) => {
    const at = (row * (windowSteps + 1) + step) * 2;
    return [...windows.mean.subarray(at, at + 2)];
  };
  for (let row = 0; row < rows; row++) {
    assert.deepEqual(latents(first, row, windowSteps), latents(second, row, 0));
  }
});

test("M's state goes on from window to window, and not from epoch to epoch", () => {
  const stream = createStream();
  const goesOn = Array.from(
    { length: 2 * stream.windowsPerEpoch },
    (_, step) => stream.windowsOf(step).goesOn,
  );
  assert.deepEqual(
    goesOn,
    goesOn.map((_, step) => step % stream.windowsPerEpoch !== 0),
  );
});

test("the order is another one in each epoch and for each seed, and follows from them", () => {
  const stream = createStream();
  const second = readEpoch(stream, 1);
  assert.notDeepEqual(second, readEpoch(stream, 0));
  assert.notDeepEqual(second, readEpoch(createStream(6), 1));
  assert.deepEqual(second, readEpoch(createStream(), 1));
});

test("episodes that do not fill one window of every row are refused", () => {
  const create = () => createLatentStream(episodes, { rows: 10, windowSteps: 9 }, sizes, seedSequence(1));
  assert.throws(create, {
    code: "failed-precondition",
    message:
      "mdn_rnn.batch x mdn_rnn.window = 10 x 9 = 90 steps are more than the 84 of the 8 episodes to train on; " +
      "record more, or lower one of the two",
  });
});
