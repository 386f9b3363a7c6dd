import assert from "node:assert/strict";
import { test } from "node:test";
import { controllerShape, createAgentDriver, defaultActionMapping, runEpisodes } from "@worldmodels/agent";
import type { AgentTask, EpisodeTask, EpisodeWatcher } from "@worldmodels/agent";
import { createCountingEngine, createVectorEnv } from "@worldmodels/env";
import { isDomainError } from "@worldmodels/errors";
import { defaultMdnRnnConfig, mdnRnnNetwork, mdnRnnStep } from "@worldmodels/mdn-rnn";
import type { MdnRnnConfig, RecurrentState } from "@worldmodels/mdn-rnn";
import { initialiseWeights } from "@worldmodels/networks";
import { createRng } from "@worldmodels/rng";
import { vaeNetwork } from "@worldmodels/vae";
import { createAgentModel } from "./agent-model.js";
import { createEncoder } from "./encoder.js";

const FRAME = 64 * 64 * 3;
const rng = createRng(8);
const trained = (network: ReturnType<typeof vaeNetwork>) => ({
  network,
  weights: initialiseWeights(network, rng),
});
const vae = trained(vaeNetwork({ latentDim: 32 }));
const sizes: MdnRnnConfig = { ...defaultMdnRnnConfig, actionSize: 2, hidden: 24 };
const mdnRnn = trained(mdnRnnNetwork(sizes));
const restarting = trained(mdnRnnNetwork({ ...sizes, restartInput: true }));
const frameOf = (seed: number) => {
  const noise = createRng(seed);
  return Uint8Array.from({ length: FRAME }, () => noise.integers(256));
};

for (const [name, memory] of [
  ["M", mdnRnn],
  ["an M with restart input", restarting],
] as const) {
  test(`z is V of the frame, and h is what ${name} made of the steps before it, from zero at each begin`, async () => {
    const model = await createAgentModel({ vae, mdnRnn: memory, batch: 3 });
    const encoder = await createEncoder({ vae, batch: 3 });
    const slot = 1;
    let state: RecurrentState = { hidden: new Float32Array(24), cell: new Float32Array(24) };
    let previous: { latent: Float32Array; action: Float32Array; restart: Float32Array } | undefined;
    const actions = new Float32Array(6);
    for (let step = 0; step < 9; step++) {
      const first = step === 0 || step === 5;
      if (first) {
        model.begin(slot);
        state = { hidden: new Float32Array(24), cell: new Float32Array(24) };
      } else {
        state = mdnRnnStep(memory.network, memory.weights, previous!, state);
      }
      const frame = frameOf(step);
      model.see(slot, { wm64: frame }, 0);
      await model.advance(actions);
      const { mean } = await encoder.encode(frame);
      const row = (rows: Float32Array, width: number) => rows.slice(slot * width, (slot + 1) * width);
      const z = row(model.features.latent, 32);
      z.forEach((value, i) => assert.ok(Math.abs(value - mean[i]!) < 1e-6));
      row(model.features.hidden, 24).forEach((value, i) => {
        assert.ok(Math.abs(value - state.hidden[i]!) < 1e-5, `step ${step}, h[${i}]`);
      });
      row(model.features.cell, 24).forEach((value, i) => {
        assert.ok(Math.abs(value - state.cell[i]!) < 1e-5, `step ${step}, c[${i}]`);
      });
      assert.equal(
        row(model.features.hidden, 24).every((value) => value === 0),
        first,
      );
      actions.set([Math.sin(step), Math.cos(step)], slot * 2);
      previous = {
        latent: z,
        action: actions.slice(slot * 2, slot * 2 + 2),
        restart: Float32Array.of(first ? 1 : 0),
      };
    }
    await model.close();
    await encoder.close();
  });
}

test("whole episodes are the same, byte for byte, whatever their slots, order and company", async () => {
  const shape = controllerShape({ features: "zh", latentDim: 32, hiddenDim: 24, actionSize: 2 });
  const tasks = [4, 7, 2, 9, 5, 3].map((length, id): EpisodeTask & AgentTask => ({
    id,
    seed: BigInt(length + 100),
    controller: createRng(id).fillStandardNormal(new Float32Array(shape.parameterCount)),
  }));
  const play = async (some: typeof tasks) => {
    const batch = 4;
    const env = createVectorEnv(
      createCountingEngine({ numEnvs: batch, episodeLength: (seed) => Number(seed - 100n) }),
      { observations: ["wm64"] },
    );
    const model = await createAgentModel({ vae, mdnRnn, batch });
    const driver = createAgentDriver({ model, shape, mapping: defaultActionMapping(env.spec.action) });
    const actions = new Map<number | string, number[]>();
    const watcher: EpisodeWatcher<EpisodeTask> = {
      observationNames: [],
      onBegin: (_slot, task) => void actions.set(task.id, []),
      onStep: (_slot, task, action) => void actions.get(task.id)!.push(...action),
      onEnd: () => {},
    };
    const lengths = new Map<number | string, number>();
    for await (const { id, length } of runEpisodes({ env, driver, tasks: some, watcher })) {
      lengths.set(id, length);
    }
    await model.close();
    return { actions, lengths };
  };
  const together = await play(tasks);
  assert.deepEqual(
    [...together.lengths].sort(([a], [b]) => Number(a) - Number(b)).map(([, length]) => length),
    [4, 7, 2, 9, 5, 3],
  );
  assert.deepEqual(await play([...tasks].reverse()), {
    actions: new Map([...together.actions]),
    lengths: new Map([...together.lengths]),
  });
  for (const task of tasks) {
    assert.deepEqual((await play([task])).actions.get(task.id), together.actions.get(task.id));
  }
});

test("without M there is z alone", async () => {
  const model = await createAgentModel({ vae, batch: 2, observation: "pixels" });
  assert.deepEqual(model.observationNames, ["pixels"]);
  model.begin(0);
  model.see(0, { pixels: frameOf(1) }, 0);
  await model.advance(new Float32Array(0));
  assert.deepEqual(
    [model.features.hiddenDim, model.features.hidden.length, model.logVariance],
    [0, 0, undefined],
  );
  assert.ok(model.features.latent.subarray(0, 32).some((value) => value !== 0));
  await model.close();
});

test("a model that samples gives V's log variance", async () => {
  const model = await createAgentModel({ vae, batch: 1, sampleLatent: true });
  const encoder = await createEncoder({ vae, batch: 1, logVariance: true });
  model.see(0, { wm64: frameOf(2) }, 0);
  await model.advance(new Float32Array(0));
  assert.deepEqual(model.logVariance?.slice(), (await encoder.encode(frameOf(2))).logVariance?.slice());
  await model.close();
  await encoder.close();
});

test("V and M of different latents are refused", async () => {
  const other = trained(mdnRnnNetwork({ ...sizes, latentDim: 16 }));
  await assert.rejects(
    createAgentModel({ vae, mdnRnn: other, batch: 1 }),
    (error) => isDomainError(error, "invalid-argument") && /32 numbers and M reads 16/.test(error.message),
  );
});

test("a missing observation and a wrong number of actions are refused", async () => {
  const model = await createAgentModel({ vae, mdnRnn, batch: 2 });
  assert.throws(
    () => model.see(0, { rgb96: new Uint8Array(FRAME) }, 0),
    (error) => isDomainError(error, "invalid-argument") && /"wm64" has no numbers/.test(error.message),
  );
  await assert.rejects(
    model.advance(new Float32Array(6)),
    (error) => isDomainError(error, "invalid-argument") && /6 numbers of actions .* 4/.test(error.message),
  );
  await model.close();
});
