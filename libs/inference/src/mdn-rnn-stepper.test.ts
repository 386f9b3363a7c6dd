import assert from "node:assert/strict";
import { test } from "node:test";
import { isDomainError } from "@worldmodels/errors";
import { defaultMdnRnnConfig, mdnRnnNetwork, mdnRnnStep } from "@worldmodels/mdn-rnn";
import type { MdnRnnConfig, RecurrentState } from "@worldmodels/mdn-rnn";
import { initialiseWeights } from "@worldmodels/networks";
import { createRng } from "@worldmodels/rng";
import { createMdnRnnStepper } from "./mdn-rnn-stepper.js";

const carRacing = defaultMdnRnnConfig;
const doomLike: MdnRnnConfig = {
  latentDim: 6,
  actionSize: 1,
  hidden: 20,
  mixtures: 3,
  restartInput: true,
  rewardHead: true,
  terminatedHead: true,
};

const rng = createRng(3);
const normals = (length: number) => rng.fillStandardNormal(new Float32Array(length));
function randomMdnRnn(config: MdnRnnConfig) {
  const network = mdnRnnNetwork(config);
  const weights = initialiseWeights(network, rng);
  for (const { shape, data } of Object.values(weights)) {
    if (shape.length === 1) data.forEach((_, i) => (data[i] = rng.uniform(-0.5, 0.5)));
  }
  return { network, weights };
}
const zeroState = (config: MdnRnnConfig, rows: number): RecurrentState => ({
  hidden: new Float32Array(rows * config.hidden),
  cell: new Float32Array(rows * config.hidden),
});
function assertClose(actual: Float32Array | undefined, expected: Float32Array | undefined, what: string) {
  assert.equal(actual?.length, expected?.length, what);
  actual?.forEach((value, i) => {
    assert.ok(Math.abs(value - expected![i]!) < 1e-5, `${what}[${i}]: ${value} instead of ${expected![i]}`);
  });
}

const configs: readonly (readonly [name: string, config: MdnRnnConfig])[] = [
  ["CarRacing's M", carRacing],
  ["an M with restart input, reward and terminated heads", doomLike],
];
for (const [name, config] of configs) {
  test(`${name} steps as the plain reference, over 20 steps that feed the state back, to 1e-5`, async () => {
    const mdnRnn = randomMdnRnn(config);
    const stepper = await createMdnRnnStepper({ mdnRnn, batch: 4 });
    const rows = 3;
    let state = zeroState(config, rows);
    let expectedState = zeroState(config, rows);
    for (let step = 0; step < 20; step++) {
      const input = {
        latent: normals(rows * config.latentDim),
        action: normals(rows * config.actionSize),
        ...(config.restartInput && { restart: Float32Array.of(step % 2, step % 3 ? 0 : 1, 0) }),
      };
      const actual = await stepper.step(input, state);
      const expected = mdnRnnStep(mdnRnn.network, mdnRnn.weights, input, expectedState);
      assertClose(actual.hidden, expected.hidden, "hidden");
      assertClose(actual.cell, expected.cell, "cell");
      assertClose(actual.mixture.logits, expected.mixture.logits, "logits");
      assertClose(actual.mixture.mean, expected.mixture.mean, "mean");
      assertClose(actual.mixture.logStd, expected.mixture.logStd, "logStd");
      assertClose(actual.reward, expected.reward, "reward");
      assertClose(actual.terminatedLogit, expected.terminatedLogit, "terminatedLogit");
      state = actual;
      expectedState = expected;
    }
    await stepper.close();
  });
}

const sizes: readonly (readonly [name: string, config: MdnRnnConfig, batch: number])[] = [
  ["CarRacing's M", carRacing, 16],
  ["TakeCover's M", { ...doomLike, latentDim: 64, hidden: 512, mixtures: 5, rewardHead: false }, 24],
  ["an M of odd sizes", { ...doomLike, latentDim: 7, hidden: 21 }, 24],
];
for (const [name, config, batch] of sizes) {
  test(`a row's bytes do not depend on its place or company (${name})`, async () => {
    const mdnRnn = randomMdnRnn(config);
    const { latentDim, actionSize, hidden: units, restartInput } = config;
    const stepper = await createMdnRnnStepper({ mdnRnn, batch });
    const own = {
      latent: normals(latentDim),
      action: normals(actionSize),
      restart: normals(1),
      hidden: normals(units),
      cell: normals(units),
    };
    const seen = new Set<string>();
    for (let row = 0; row < batch; row++) {
      // The rows behind it are other ones, or are not there.
      for (const rows of [batch, row + 1]) {
        const rowsWith = (values: Float32Array) => {
          const all = normals(rows * values.length);
          all.set(values, row * values.length);
          return all;
        };
        const { hidden, cell, mixture, terminatedLogit } = await stepper.step(
          {
            latent: rowsWith(own.latent),
            action: rowsWith(own.action),
            ...(restartInput && { restart: rowsWith(own.restart) }),
          },
          { hidden: rowsWith(own.hidden), cell: rowsWith(own.cell) },
        );
        const heads = terminatedLogit === undefined ? [] : [terminatedLogit];
        const bytes = [hidden, cell, mixture.logits, mixture.mean, mixture.logStd, ...heads].map((each) => {
          const width = each.length / rows;
          return Buffer.from(each.slice(row * width, (row + 1) * width).buffer);
        });
        seen.add(Buffer.concat(bytes).toString("hex"));
      }
    }
    assert.equal(seen.size, 1);
    await stepper.close();
  });
}

test("a restart flag left out is 0, also after a call that gave one", async () => {
  const mdnRnn = randomMdnRnn(doomLike);
  const stepper = await createMdnRnnStepper({ mdnRnn, batch: 1 });
  const input = { latent: normals(6), action: normals(1) };
  const state = zeroState(doomLike, 1);
  const zero = (await stepper.step({ ...input, restart: Float32Array.of(0) }, state)).hidden.slice();
  const one = (await stepper.step({ ...input, restart: Float32Array.of(1) }, state)).hidden.slice();
  const out = (await stepper.step(input, state)).hidden.slice();
  assert.deepEqual(out, zero);
  assert.notDeepEqual(out, one);
  await stepper.close();
});

test("inputs of different rows are refused", async () => {
  const mdnRnn = randomMdnRnn(doomLike);
  const stepper = await createMdnRnnStepper({ mdnRnn, batch: 4 });
  await assert.rejects(
    stepper.step({ latent: normals(12), action: normals(3) }, zeroState(doomLike, 2)),
    (error) =>
      isDomainError(error, "invalid-argument") && /latent 2, action 3, hidden 2, cell 2/.test(error.message),
  );
  await stepper.close();
});
