import assert from "node:assert/strict";
import { test } from "node:test";
import { createVectorEnv } from "@worldmodels/env";
import { describeVectorEnv } from "@worldmodels/env/conformance";
import type { MakeOptions } from "@worldmodels/env/conformance";
import { drawMixture, mdnRnnNetwork, mdnRnnStep } from "@worldmodels/mdn-rnn";
import type { RecurrentState } from "@worldmodels/mdn-rnn";
import { initialiseWeights } from "@worldmodels/networks";
import { createRng } from "@worldmodels/rng";
import { createDreamEngine } from "./create-dream-engine.js";
import type { DreamEngineOptions } from "./create-dream-engine.js";
import type { DreamModel } from "./dream-model.js";
import type { DreamSettings } from "./dream-settings.js";
import {
  createDrawnModel,
  createTinyModel,
  tinyConfig,
  tinyDecoder,
  tinyOptions,
  tinyRecorded,
  tinyStarts,
} from "./tiny-dream.test-helper.js";

const open = (
  settings: Partial<DreamSettings> = {},
  more: Partial<DreamEngineOptions> = {},
  observations = ["z", "hidden", "cell"],
) => createVectorEnv(createDreamEngine(tinyOptions(settings, more)), { observations });

const kinds: Record<string, Partial<DreamEngineOptions>> = {
  "a dream with pictures": { decoder: tinyDecoder },
  "a dream without pictures": {},
  "a dream whose M reads the restart flag": { model: createTinyModel({ restartInput: true }) },
};
for (const [name, kind] of Object.entries(kinds)) {
  describeVectorEnv(
    name,
    ({ numEnvs, maxEpisodeSteps, ...options }: MakeOptions) => {
      // A random M ends episodes at random, which the suite cannot foresee.
      const settings = { terminated: "never", max_episode_steps: maxEpisodeSteps ?? 1000 };
      return Promise.resolve(
        createVectorEnv(createDreamEngine(tinyOptions(settings, { ...kind, numEnvs })), options),
      );
    },
    // 5 slots are two calls of M, the second one for one slot.
    { numEnvs: 5 },
  );
}

test("a dream is M's step and a draw from its mixture, told out by hand", async () => {
  const seed = 9n;
  const temperature = 1.3;
  const env = open({ temperature }, { numEnvs: 1 });
  const rng = createRng(seed);
  const start = rng.integers(2) * 3;
  let latent: Float32Array = Float32Array.from({ length: 3 }, (_, k) => {
    const spread = Math.exp(tinyStarts.logVariance[start + k]! / 2);
    return tinyStarts.mean[start + k]! + spread * rng.standardNormal();
  });
  let state: RecurrentState = { hidden: new Float32Array(5), cell: new Float32Array(5) };
  const network = mdnRnnNetwork(tinyConfig);
  const weights = initialiseWeights(network, createRng(7));
  assert.deepEqual((await env.reset({ seeds: seed })).observations.z, latent);
  for (const steer of [0.5, -0.25, 1]) {
    const action = Float32Array.of(steer, 0);
    const draws = [0, 1, 2].map(() => [rng.nextUint32() / 2 ** 32, rng.standardNormal()] as const);
    const uniform = Float32Array.from(draws, ([each]) => each);
    const normal = Float32Array.from(draws, ([, each]) => each);
    const prediction = mdnRnnStep(network, weights, { latent, action }, state);
    latent = drawMixture(prediction.mixture, temperature, { uniform, normal }, new Float32Array(3));
    state = { hidden: prediction.hidden, cell: prediction.cell };
    const batch = await env.step(action);
    assert.deepEqual({ ...batch.observations }, { z: latent, ...state });
    assert.equal(batch.rewards[0], prediction.reward![0]);
    assert.equal(batch.terminated[0] === 1, prediction.terminatedLogit![0]! > 0);
    if (batch.terminated[0]) break;
  }
});

test("features are z and h, one after the other", async () => {
  const env = open({ terminated: "never" }, {}, ["z", "hidden", "features"]);
  await env.reset({ seeds: 1n });
  const { z, hidden, features } = (await env.step(new Float32Array(6))).observations;
  assert.deepEqual([...features!.subarray(8, 16)], [...z!.subarray(3, 6), ...hidden!.subarray(5, 10)]);
  assert.ok(hidden!.some((value) => value !== 0));
});

test("a dream begins at the mean of a real first frame where that is asked for", async () => {
  const env = open({ start_latent: "mean" }, { numEnvs: 40 });
  const { z } = (await env.reset({ seeds: 0n })).observations;
  const begins = new Set(Array.from({ length: 40 }, (_, slot) => z!.subarray(slot * 3, slot * 3 + 3).join()));
  assert.deepEqual([...begins].sort(), ["0,1,2", "10,11,12"]);
});

/** A model that says the same at every step: two well-parted components, and the given logit. */
function createConstantModel(
  terminatedLogit: number,
  { temperature = 1, logits = [1, 0] }: { temperature?: number; logits?: readonly number[] } = {},
): DreamModel {
  const config = { ...tinyConfig, latentDim: 1, actionSize: 2 };
  const batch = 500;
  const each = (...values: readonly number[]) =>
    Float32Array.from({ length: batch * values.length }, (_, i) => values[i % values.length]!);
  return createDrawnModel(config, { batch, temperature }, () => ({
    mixture: { logits: each(...logits), mean: each(-100, 100), logStd: each(0, 0) },
    hidden: each(0, 0, 0, 0, 0),
    cell: each(0, 0, 0, 0, 0),
    reward: each(0.25),
    terminatedLogit: each(terminatedLogit),
  }));
}

for (const temperature of [0.5, 1, 2]) {
  test(`at temperature ${temperature} logits are divided by it and noise is scaled by its root`, async () => {
    const model = createConstantModel(-1, { temperature });
    const startLatents = { mean: Float32Array.of(0), logVariance: Float32Array.of(0) };
    const env = open({ temperature }, { model, startLatents, numEnvs: 500 }, ["z"]);
    await env.reset({ seeds: 100n });
    const draws: number[] = [];
    for (let step = 0; step < 20; step++)
      draws.push(...(await env.step(new Float32Array(1000))).observations.z!);
    const first = draws.filter((z) => z < 0);
    const share = 1 / (1 + Math.exp(-1 / temperature));
    // 10,000 draws: four standard errors of a share are at most 0.02, of a variance 0.06 of it.
    assert.ok(Math.abs(first.length / draws.length - share) < 0.02, `share ${first.length / draws.length}`);
    const variance = first.reduce((sum, z) => sum + (z + 100) ** 2, 0) / first.length;
    assert.ok(Math.abs(variance / temperature - 1) < 0.08, `variance ${variance}`);
  });
}

const oneStart = { mean: Float32Array.of(0), logVariance: Float32Array.of(0) };

const endings: [number, Partial<DreamSettings>, number][] = [
  [0.001, {}, 1],
  [0, {}, 0],
  [-0.001, {}, 0],
  [5, { terminated: "never" }, 0],
  [100, { terminated: "sampled" }, 1],
  [-100, { terminated: "sampled" }, 0],
];
for (const [logit, settings, terminated] of endings) {
  test(`a logit of ${logit} ${terminated ? "ends" : "does not end"} the dream (${JSON.stringify(settings)})`, async () => {
    const model = createConstantModel(logit);
    const env = open(settings, { model, startLatents: oneStart, numEnvs: 1 }, ["z"]);
    await env.reset();
    const batch = await env.step(new Float32Array(2));
    assert.equal(batch.terminated[0], terminated);
    // The last step's reward counts as every other's.
    assert.equal(batch.rewards[0], 0.25);
  });
}

for (const logit of [-2, 0.5]) {
  test(`ends that are sampled come with M's probability (logit ${logit}), each slot's from its own stream`, async () => {
    const probability = 1 / (1 + Math.exp(-logit));
    const model = createConstantModel(logit);
    const options = { model, startLatents: oneStart };
    const env = open({ terminated: "sampled" }, { ...options, numEnvs: 500 }, []);
    let ended = 0;
    let alone: number | undefined;
    for (let episode = 0; episode < 20; episode++) {
      await env.reset({ seeds: BigInt(episode * 500) });
      const { terminated } = await env.step(new Float32Array(1000));
      ended += terminated.reduce((sum, each) => sum + each, 0);
      alone ??= terminated[499];
    }
    // 10,000 draws: four standard errors are at most 0.02.
    assert.ok(Math.abs(ended / 10_000 - probability) < 0.02, `${ended} of 10,000`);
    const single = open({ terminated: "sampled" }, { ...options, numEnvs: 1 }, []);
    await single.reset({ seeds: 499n });
    assert.equal((await single.step(new Float32Array(2))).terminated[0], alone);
  });
}

test("rewards are predicted, one per step, or none", async () => {
  const rewards: number[] = [];
  for (const reward of ["predicted", "one", "none"]) {
    const model = createConstantModel(-1);
    const env = open({ reward }, { model, startLatents: oneStart, numEnvs: 1 }, ["z"]);
    await env.reset();
    rewards.push((await env.step(new Float32Array(2))).rewards[0]!);
  }
  assert.deepEqual(rewards, [0.25, 1, 0]);
});

const constantRewards: [readonly [number, number], number, string][] = [
  [[1, 1], 1, "one"],
  [[0, 0], 0, "none"],
  [[0.5, 0.5], 0.5, "auto"],
];
for (const [rewardRange, worth, word] of constantRewards) {
  test(`an M without a reward head dreams of ${worth} per step where every recorded step was worth it`, async () => {
    const model = createTinyModel({ rewardHead: false });
    const env = open({ terminated: "never" }, { model, recorded: { ...tinyRecorded, rewardRange } });
    assert.deepEqual(env.spec.rewardRange, rewardRange);
    assert.equal(env.spec.settings["reward"], word);
    await env.reset();
    assert.deepEqual([...(await env.step(new Float32Array(6))).rewards], [worth, worth, worth]);
  });
}

test("an M with a reward head dreams of what it predicts, whatever was recorded", () => {
  const env = open({}, { recorded: { ...tinyRecorded, rewardRange: [1, 1] } });
  assert.equal(env.spec.settings["reward"], "predicted");
  assert.deepEqual(env.spec.rewardRange, [-Infinity, Infinity]);
});

const horizons: [number, number | null, number][] = [
  [0, 2100, 2100],
  [0, null, 1000],
  [300, 2100, 300],
];
for (const [asked, recorded, horizon] of horizons) {
  test(`a dream lasts ${horizon} steps where ${asked} are asked for and the game has ${recorded}`, () => {
    const env = open(
      { max_episode_steps: asked },
      { recorded: { ...tinyRecorded, maxEpisodeSteps: recorded } },
    );
    assert.equal(env.spec.maxEpisodeSteps, horizon);
    assert.equal(env.spec.settings["max_episode_steps"], horizon);
  });
}

test("an episode's bytes depend on its seed alone: not on its slot, nor on who rests beside it", async () => {
  const seed = 77n;
  const steps = 12;
  const play = async (numEnvs: number, slot: number, resting: readonly number[]) => {
    const env = open({ terminated: "never" }, { numEnvs }, ["z", "hidden", "cell"]);
    await env.reset({ seeds: Array.from({ length: numEnvs }, (_, i) => (i === slot ? seed : BigInt(i))) });
    const awake = Array.from({ length: numEnvs }, (_, i) => i).filter((i) => !resting.includes(i));
    const rows: number[] = [];
    for (let step = 0; step < steps; step++) {
      // After half of the steps the slot is left alone.
      const slots = step < steps / 2 ? awake : [slot];
      const actions = new Float32Array(slots.length * 2).fill(step / steps);
      const { observations } = await env.step(actions, { slots });
      const row = slots.indexOf(slot);
      for (const array of Object.values(observations)) {
        const width = array.length / slots.length;
        rows.push(...array.subarray(row * width, (row + 1) * width));
      }
    }
    return rows;
  };
  const alone = await play(1, 0, []);
  for (const [numEnvs, slot, resting] of [
    [9, 0, []],
    [9, 8, []],
    [9, 5, [0, 3, 6]],
    [64, 63, [1, 2]],
  ] as const) {
    assert.deepEqual(await play(numEnvs, slot, resting), alone, `slot ${slot} of ${numEnvs}`);
  }
});

test("the restart flag is up at the first step of an episode only", async () => {
  const flags: number[][] = [];
  const real = createTinyModel({ restartInput: true });
  const model: DreamModel = {
    ...real,
    step: () => {
      flags.push([...real.inputs.restart!.subarray(0, 3)]);
      return real.step();
    },
  };
  const env = open({ terminated: "never" }, { model });
  await env.reset();
  await env.step(new Float32Array(6));
  await env.reset({ slots: [1] });
  await env.step(new Float32Array(6));
  assert.deepEqual(flags, [
    [1, 1, 1],
    [0, 1, 0],
  ]);
});

test("a dream that leaves the numbers faults its slot alone", async () => {
  const real = createTinyModel();
  const model: DreamModel = {
    ...real,
    step: async () => {
      const prediction = await real.step();
      prediction.latent.fill(NaN, 3, 6);
      return prediction;
    },
  };
  const env = open({ terminated: "never" }, { model });
  await env.reset();
  assert.deepEqual([...(await env.step(new Float32Array(6))).statuses], [0, 2, 0]);
});

test("the spec names the models, the temperature, the horizon and what is predicted", () => {
  const { spec } = open({ temperature: 1.15, max_episode_steps: 300 });
  assert.equal(spec.kind, "DREAM");
  assert.deepEqual(spec.versions, { memory: "tiny" });
  assert.equal(spec.maxEpisodeSteps, 300);
  assert.deepEqual(spec.settings, {
    temperature: 1.15,
    max_episode_steps: 300,
    start_latent: "sample",
    reward: "predicted",
    terminated: "predicted",
  });
});

const refusals: [string, () => unknown, string, RegExp][] = [
  [
    "an M without a reward head",
    () => open({}, { model: createTinyModel({ rewardHead: false }) }),
    "failed-precondition",
    /predicted rewards.*mdn_rnn\.reward_head=true, or dream with reward=one or reward=none/,
  ],
  [
    "an M without a terminated head",
    () => open({}, { model: createTinyModel({ terminatedHead: false }) }),
    "failed-precondition",
    /ends of episodes.*mdn_rnn\.terminated_head=true, or dream with terminated=never/,
  ],
  [
    "an M without a terminated head where ends are sampled",
    () => open({ terminated: "sampled" }, { model: createTinyModel({ terminatedHead: false }) }),
    "failed-precondition",
    /ends of episodes.*mdn_rnn\.terminated_head=true, or dream with terminated=never/,
  ],
  [
    "an action of another size",
    () =>
      open(
        {},
        { recorded: { ...tinyRecorded, action: { type: "DISCRETE", count: 3, names: ["a", "b", "c"] } } },
      ),
    "invalid-argument",
    /M was trained with 2 numbers per action, not 1/,
  ],
  [
    "first latents of another size",
    () => open({}, { startLatents: { mean: new Float32Array(4), logVariance: new Float32Array(4) } }),
    "invalid-argument",
    /are not rows of 3/,
  ],
  [
    "no first latents",
    () => open({}, { startLatents: { mean: new Float32Array(0), logVariance: new Float32Array(0) } }),
    "invalid-argument",
    /are not rows of 3/,
  ],
  [
    "no slots",
    () => open({}, { numEnvs: 0 }),
    "invalid-argument",
    /numEnvs = 0 is not a whole number from 1/,
  ],
];
for (const [what, make, code, message] of refusals) {
  test(`refuses ${what}`, () => {
    assert.throws(make, { name: "DomainError", code, message });
  });
}

test("an M without heads dreams where nothing is asked of them", async () => {
  const model = createTinyModel({ rewardHead: false, terminatedHead: false });
  const env = open({ reward: "none", terminated: "never" }, { model });
  await env.reset();
  assert.deepEqual([...(await env.step(new Float32Array(6))).rewards], [0, 0, 0]);
});

test("pictures are those of the slots' own latents, however many the decoder takes at once", async () => {
  const env = open({ terminated: "never" }, { decoder: { ...tinyDecoder, batch: 2 }, numEnvs: 5 }, [
    "z",
    "wm64",
  ]);
  await env.reset({ seeds: 3n });
  const { z, wm64 } = (await env.step(new Float32Array(6), { slots: [0, 2, 4] })).observations;
  const colours = [0, 1, 2].map((row) => [...wm64!.subarray(row * 12_288, row * 12_288 + 3)]);
  const expected = [0, 1, 2].map((row) => [
    ...Uint8Array.from(z!.subarray(row * 3, row * 3 + 3), (value) => 128 + 40 * Math.tanh(value)),
  ]);
  assert.deepEqual(colours, expected);
});

test("closing the environment closes the model and the decoder", async () => {
  const closed: string[] = [];
  const model = { ...createTinyModel(), close: () => void closed.push("model") };
  const decoder = { ...tinyDecoder, close: () => void closed.push("decoder") };
  await open({}, { model, decoder }).close();
  assert.deepEqual(closed, ["model", "decoder"]);
});
