import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultMdnRnnConfig, drawMixture, mdnRnnNetwork, mdnRnnStep } from "@worldmodels/mdn-rnn";
import type { MdnRnnConfig } from "@worldmodels/mdn-rnn";
import { initialiseWeights } from "@worldmodels/networks";
import { createRng } from "@worldmodels/rng";
import { createDreamStepper } from "./dream-stepper.js";
import type { DreamStepper } from "./dream-stepper.js";

const takeCover: MdnRnnConfig = {
  latentDim: 64,
  actionSize: 1,
  hidden: 512,
  mixtures: 5,
  restartInput: true,
  rewardHead: false,
  terminatedHead: true,
};
const small: MdnRnnConfig = { ...takeCover, latentDim: 6, hidden: 20, mixtures: 3, rewardHead: true };

const rng = createRng(3);
function randomMdnRnn(config: MdnRnnConfig) {
  const network = mdnRnnNetwork(config);
  const weights = initialiseWeights(network, rng);
  for (const { shape, data } of Object.values(weights)) {
    if (shape.length === 1) data.forEach((_, i) => (data[i] = rng.uniform(-0.5, 0.5)));
  }
  return { network, weights };
}

const arraysOf = (arrays: object) =>
  (Object.values(arrays) as (Float32Array | undefined)[]).filter((array) => array !== undefined);

/** Fills all inputs with random numbers. */
function shuffle({ uniform, restart, ...others }: DreamStepper["inputs"]): void {
  uniform.forEach((_, i) => (uniform[i] = rng.random()));
  restart?.forEach((_, i) => (restart[i] = rng.integers(2)));
  for (const array of arraysOf(others)) rng.fillStandardNormal(array);
}

function assertClose(actual: Float32Array | undefined, expected: Float32Array | undefined, what: string) {
  assert.equal(actual?.length, expected?.length, what);
  actual?.forEach((value, i) => {
    const bound = 2e-5 * (1 + Math.abs(expected![i]!));
    assert.ok(Math.abs(value - expected![i]!) < bound, `${what}[${i}]: ${value} instead of ${expected![i]}`);
  });
}

const cases: readonly (readonly [name: string, config: MdnRnnConfig, temperature: number])[] = [
  ["an M with all heads", small, 1],
  ["a cold dream", small, 0.1],
  ["a hot dream", small, 2],
  ["a mixture of one Gaussian", { ...small, mixtures: 1 }, 1.3],
  ["a mixture of two", { ...small, mixtures: 2 }, 1.3],
  ["an M without heads", { ...small, rewardHead: false, terminatedHead: false, restartInput: false }, 1],
  ["CarRacing's M", { ...defaultMdnRnnConfig, rewardHead: true, terminatedHead: true }, 1.15],
  ["TakeCover's M", takeCover, 1.15],
];
for (const [name, config, temperature] of cases) {
  test(`${name} dreams as the reference step and draw, to 2 parts in 100,000`, async (t) => {
    const mdnRnn = randomMdnRnn(config);
    const stepper = await createDreamStepper({ mdnRnn, batch: 3, temperature });
    t.after(() => stepper.close());
    for (let step = 0; step < 5; step++) {
      shuffle(stepper.inputs);
      const { hidden, cell, latent, action, restart } = stepper.inputs;
      const expected = mdnRnnStep(
        mdnRnn.network,
        mdnRnn.weights,
        { latent, action, ...(restart && { restart }) },
        { hidden, cell },
      );
      const drawn = drawMixture(
        expected.mixture,
        temperature,
        stepper.inputs,
        new Float32Array(latent.length),
      );
      const actual = await stepper.step();
      assertClose(actual.hidden, expected.hidden, "hidden");
      assertClose(actual.cell, expected.cell, "cell");
      assertClose(actual.reward, expected.reward, "reward");
      assertClose(actual.terminatedLogit, expected.terminatedLogit, "terminatedLogit");
      assertClose(actual.latent, drawn, "latent");
    }
  });
}

for (const [name, config, batch] of [
  ["TakeCover's M", takeCover, 24],
  ["an M of odd sizes", { ...small, latentDim: 7, hidden: 21 }, 5],
] as const) {
  test(`a row's bytes do not depend on its place or company (${name})`, async (t) => {
    const mdnRnn = randomMdnRnn(config);
    const stepper = await createDreamStepper({ mdnRnn, batch, temperature: 1.15 });
    t.after(() => stepper.close());
    const inputs = arraysOf(stepper.inputs);
    shuffle(stepper.inputs);
    const own = inputs.map((array) => array.slice(0, array.length / batch));
    const seen = new Set<string>();
    for (let row = 0; row < batch; row++) {
      shuffle(stepper.inputs);
      inputs.forEach((array, i) => {
        array.set(own[i]!, row * own[i]!.length);
      });
      const outputs = arraysOf(await stepper.step());
      const bytes = outputs.map((array) => {
        const width = array.length / batch;
        return Buffer.from(array.slice(row * width, (row + 1) * width).buffer);
      });
      seen.add(Buffer.concat(bytes).toString("hex"));
    }
    assert.equal(seen.size, 1);
  });
}
