import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { mdnRnnNetwork, mdnRnnStep, mixtureLogLikelihood } from "@worldmodels/mdn-rnn";
import type { RecurrentState } from "@worldmodels/mdn-rnn";
import { initialiseWeights } from "@worldmodels/networks";
import type { NamedWeights } from "@worldmodels/networks";
import { createRng } from "@worldmodels/rng";
import { compareGradients } from "./gradient-check.js";
import { drawWindows } from "./latent-windows.js";
import type { LatentWindows } from "./latent-windows.js";
import { createMdnRnnTrainer, defaultMdnRnnTraining } from "./mdn-rnn-trainer.js";
import type { MdnRnnLoss } from "./mdn-rnn-trainer.js";
import { selectBackend } from "./select-backend.js";
import type { BackendPreference, TrainingBackend } from "./select-backend.js";

const config = {
  latentDim: 3,
  actionSize: 2,
  hidden: 6,
  mixtures: 4,
  restartInput: true,
  rewardHead: true,
  terminatedHead: true,
};
const network = mdnRnnNetwork(config);
const initial = initialiseWeights(network, createRng(5));
const training = { ...defaultMdnRnnTraining, rewardWeight: 0.5, terminatedPositiveWeight: 7 };

const [rows, steps] = [3, 5];
const normals = (seed: number, size: number) => createRng(seed).fillStandardNormal(new Float32Array(size));
const plain: LatentWindows = {
  rows,
  steps,
  mean: normals(1, rows * (steps + 1) * 3),
  // The third dimension says nothing: its posterior is the unit normal.
  logVariance: Float32Array.from({ length: rows * (steps + 1) * 3 }, (_, i) => (i % 3 === 2 ? 0 : -3)),
  actions: normals(2, rows * steps * 2),
  rewards: normals(3, rows * steps),
  terminated: Uint8Array.from({ length: rows * steps }, (_, i) => (i % 5 === 4 ? 1 : 0)),
};
const broken: LatentWindows = {
  ...plain,
  restarts: Uint8Array.from({ length: rows * steps }, (_, i) => (i % 5 === 0 || i === 3 || i === 7 ? 1 : 0)),
  mask: Uint8Array.from({ length: rows * steps }, (_, i) => (i >= 13 ? 0 : 1)),
  targetMask: Uint8Array.from({ length: rows * steps }, (_, i) => (i >= 13 || i === 2 || i === 6 ? 0 : 1)),
};

/** As "broken", and M remembers: the second row begins anew at once, so what it remembered is of no use. */
const carried: LatentWindows = {
  ...broken,
  restarts: Uint8Array.from({ length: rows * steps }, (_, i) => (i === 5 || i === 3 || i === 7 ? 1 : 0)),
  state: { hidden: normals(6, rows * config.hidden), cell: normals(7, rows * config.hidden) },
};

/** The loss, step by step and row by row, from M's plain reference. */
function referenceLoss(weights: NamedWeights, windows: LatentWindows, seed: number): MdnRnnLoss {
  const drawn = drawWindows(windows, config, createRng(seed));
  const zeros = () => new Float32Array(rows * config.hidden);
  let state: RecurrentState = windows.state ?? { hidden: zeros(), cell: zeros() };
  const sums = { nll: 0, active: 0, targets: 0, reward: 0, terminated: 0, steps: 0 };
  for (let step = 0; step < steps; step++) {
    const keepRow = (_: number, i: number) => drawn.keep?.[step * rows + Math.floor(i / config.hidden)] ?? 1;
    state = {
      hidden: state.hidden.map((value, i) => value * keepRow(value, i)),
      cell: state.cell.map((value, i) => value * keepRow(value, i)),
    };
    const row = (values: Float32Array, from: number, to: number) =>
      Float32Array.from({ length: rows * (to - from) }, (_, i) => {
        const width = values.length / (rows * steps);
        return values[(step * rows + Math.floor(i / (to - from))) * width + from + (i % (to - from))]!;
      });
    const prediction = mdnRnnStep(
      network,
      weights,
      { latent: row(drawn.inputs, 0, 3), action: row(drawn.inputs, 3, 5), restart: row(drawn.inputs, 5, 6) },
      state,
    );
    state = prediction;
    const likelihoods = mixtureLogLikelihood(prediction.mixture, row(drawn.targets, 0, 3));
    for (let i = 0; i < rows; i++) {
      const at = step * rows + i;
      const perDimension = [...likelihoods.subarray(i * 3, i * 3 + 3)];
      sums.nll -= drawn.targetMask[at]! * perDimension.reduce((sum, value) => sum + value, 0);
      sums.active -= drawn.targetMask[at]! * (perDimension[0]! + perDimension[1]!);
      sums.targets += drawn.targetMask[at]!;
      sums.reward += drawn.mask[at]! * (prediction.reward![i]! - drawn.rewards[at]!) ** 2;
      const p = 1 / (1 + Math.exp(-prediction.terminatedLogit![i]!));
      const ended = drawn.terminated[at]! === 1;
      sums.terminated -=
        drawn.mask[at]! * (ended ? training.terminatedPositiveWeight * Math.log(p) : Math.log(1 - p));
      sums.steps += drawn.mask[at]!;
    }
  }
  const nll = sums.nll / (3 * sums.targets);
  const [reward, terminated] = [sums.reward / sums.steps, sums.terminated / sums.steps];
  const loss = nll + training.rewardWeight * reward + terminated;
  return { loss, nll, nllActive: sums.active / (2 * sums.targets), reward, terminated };
}

/** The steps `from` to `to` of windows of three latent dimensions and two actions. */
function cutSteps(windows: LatentWindows, from: number, to: number): LatentWindows {
  const cut = <T extends Float32Array | Uint8Array>(
    values: T,
    length: number,
    width: number,
    end: number,
  ): T =>
    values.filter((_, i) => {
      const step = Math.floor(i / width) % length;
      return step >= from && step < end;
    }) as T;
  return {
    rows,
    steps: to - from,
    mean: cut(windows.mean, steps + 1, 3, to + 1),
    logVariance: cut(windows.logVariance, steps + 1, 3, to + 1),
    actions: cut(windows.actions, steps, 2, to),
    rewards: cut(windows.rewards!, steps, 1, to),
    terminated: cut(windows.terminated!, steps, 1, to),
    restarts: cut(windows.restarts!, steps, 1, to),
  };
}

function assertClose(actual: readonly number[], expected: readonly number[]): void {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, i) => {
    assert.ok(Math.abs(value - expected[i]!) < 1e-6, `${i}: ${value}, ${expected[i]}`);
  });
}

for (const preference of ["auto", "wasm"] satisfies BackendPreference[]) {
  describe(`training M on the ${preference} backend`, () => {
    let backend: TrainingBackend;
    before(async () => {
      backend = await selectBackend(preference);
    });
    const trainerOf = (from: Parameters<typeof createMdnRnnTrainer>[0]["initial"] = initial) =>
      createMdnRnnTrainer({ network, training, initial: from, backend });

    for (const [name, windows] of [
      ["whole windows", plain],
      ["windows with restarts, padding and unknown targets", broken],
      ["windows that go on from others", carried],
    ] as const) {
      test(`on ${name}, every part of the loss is that of the plain reference`, () => {
        const expected = referenceLoss(initial, windows, 21);
        const trainer = trainerOf();
        const { loss } = trainer.evaluate(windows, createRng(21));
        trainer.dispose();
        for (const key of Object.keys(expected) as (keyof MdnRnnLoss)[]) {
          assert.ok(
            Math.abs(loss[key] - expected[key]) < 1e-5 * Math.abs(expected[key]),
            `${key}: ${loss[key]}, ${expected[key]}`,
          );
        }
      });

      test(`on ${name}, every gradient agrees with differences of the plain reference`, () => {
        const trainer = trainerOf();
        const { gradients } = trainer.gradients(windows, createRng(21));
        trainer.dispose();
        const lossOf = (weights: NamedWeights) => referenceLoss(weights, windows, 21).loss;
        // The reference stores float32 between its steps, which leaves about 1e-4 of a difference at this epsilon.
        for (const { name: weight, analytic, numeric } of compareGradients(initial, gradients, lossOf, {
          rng: createRng(4),
          epsilon: 3e-3,
        })) {
          assert.ok(
            Math.abs(analytic - numeric) < 1e-6 + 2e-3 * Math.abs(numeric),
            `${weight}: ${analytic}, ${numeric}`,
          );
        }
      });
    }

    test("windows cut in two, with the state handed over, come to the same as whole ones", () => {
      const exact = { ...broken, logVariance: new Float32Array(rows * (steps + 1) * 3).fill(-200) };
      const trainer = trainerOf();
      const whole = trainer.evaluate(exact, createRng(1));
      const first = trainer.evaluate(cutSteps(exact, 0, 2), createRng(1));
      const second = trainer.evaluate({ ...cutSteps(exact, 2, 5), state: first.state }, createRng(1));
      trainer.dispose();
      const logits = Array.from({ length: rows }, (_, row) => [
        ...first.terminatedLogits!.subarray(row * 2, row * 2 + 2),
        ...second.terminatedLogits!.subarray(row * 3, row * 3 + 3),
      ]).flat();
      assertClose(logits, [...whole.terminatedLogits!]);
      assertClose([...second.state.hidden], [...whole.state.hidden]);
      assertClose([...second.state.cell], [...whole.state.cell]);
    });

    test("a step returns the state that its weights gave before they were changed", () => {
      const trainer = trainerOf();
      const { loss, state } = trainer.evaluate(carried, createRng(1));
      assert.deepEqual(trainer.step(carried, createRng(1)), { loss, state });
      trainer.dispose();
    });

    test("a run that is exported and resumed goes on byte for byte like one that is not", () => {
      const learn = (trainer: ReturnType<typeof trainerOf>, from: number, to: number) =>
        Array.from({ length: to - from }, (_, i) => trainer.step(broken, createRng(from + i)));
      const whole = trainerOf();
      const losses = learn(whole, 0, 6);
      const first = trainerOf();
      const early = learn(first, 0, 3);
      const second = trainerOf(structuredClone(first.exportState()));
      assert.deepEqual([...early, ...learn(second, 3, 6)], losses);
      assert.deepEqual(second.exportState(), whole.exportState());
      for (const trainer of [whole, first, second]) trainer.dispose();
    });

    test("steps leave no tensors behind, and dispose frees the rest", () => {
      const empty = tf.memory().numTensors;
      const trainer = trainerOf();
      const held = tf.memory().numTensors;
      for (let step = 0; step < 3; step++) trainer.step(step === 1 ? broken : plain, createRng(step));
      trainer.step(carried, createRng(1));
      trainer.gradients(carried, createRng(1));
      trainer.evaluate(carried, createRng(1));
      trainer.exportState();
      assert.equal(tf.memory().numTensors, held);
      trainer.dispose();
      assert.equal(tf.memory().numTensors, empty);
    });
  });
}

test("M learns a pendulum that its actions push: the likelihood on active dimensions rises above unit noise", async () => {
  const learner = mdnRnnNetwork({
    ...config,
    latentDim: 2,
    actionSize: 1,
    hidden: 32,
    restartInput: false,
    rewardHead: false,
    terminatedHead: false,
  });
  const batch = (seed: number): LatentWindows => {
    const rng = createRng(seed);
    const [count, length] = [32, 20];
    const mean = new Float32Array(count * (length + 1) * 2);
    const actions = rng.fillStandardNormal(new Float32Array(count * length));
    for (let row = 0; row < count; row++) {
      let [angle, speed] = [rng.standardNormal(), rng.standardNormal()];
      for (let step = 0; step <= length; step++) {
        mean.set([angle, speed], (row * (length + 1) + step) * 2);
        speed += 0.3 * (actions[row * length + step] ?? 0) - 0.2 * angle;
        angle += 0.2 * speed;
      }
    }
    return { rows: count, steps: length, mean, logVariance: new Float32Array(mean.length).fill(-5), actions };
  };
  const trainer = createMdnRnnTrainer({
    network: learner,
    training: { ...defaultMdnRnnTraining, learningRate: 0.01 },
    initial: initialiseWeights(learner, createRng(1)),
    backend: await selectBackend(),
  });
  const { loss: before } = trainer.evaluate(batch(0), createRng(0));
  for (let step = 1; step <= 60; step++) trainer.step(batch(step), createRng(step));
  const { loss: after } = trainer.evaluate(batch(0), createRng(0));
  trainer.dispose();
  assert.equal(after.nll, after.loss);
  assert.ok(after.nllActive < before.nllActive - 0.8, `${before.nllActive} to ${after.nllActive}`);
});
