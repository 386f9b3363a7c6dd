import assert from "node:assert/strict";
import { test } from "node:test";
import { countParameters, outputShapes, parseNetworkDescription } from "@worldmodels/networks";
import { defaultMdnRnnConfig, mdnRnnConfigOf, mdnRnnNetwork } from "./mdn-rnn-network.js";

const carRacing = defaultMdnRnnConfig;
const doom = {
  latentDim: 64,
  actionSize: 1,
  hidden: 512,
  mixtures: 5,
  restartInput: true,
  rewardHead: false,
  terminatedHead: true,
};

// Ha & Schmidhuber 2018, appendix.
for (const [name, config, parameters] of [
  ["CarRacing", carRacing, 422_368],
  ["Doom", doom, 1_678_785],
] as const) {
  test(`the MDN-RNN for ${name} has the paper's ${parameters} parameters`, () => {
    assert.equal(countParameters(mdnRnnNetwork(config)), parameters);
  });
}

test("heads for reward and end of episode cost 257 parameters each", () => {
  const network = mdnRnnNetwork({ ...carRacing, rewardHead: true, terminatedHead: true });
  assert.equal(countParameters(network), 422_368 + 2 * 257);
  assert.deepEqual(outputShapes(network), { lstm: [256], mixture: [480], reward: [1], terminated: [1] });
});

for (const config of [carRacing, doom, { ...carRacing, rewardHead: true }]) {
  test(`mdnRnnConfigOf reads ${JSON.stringify(config)} back from a stored description`, () => {
    const stored: unknown = JSON.parse(JSON.stringify(mdnRnnNetwork(config)));
    assert.deepEqual(mdnRnnConfigOf(parseNetworkDescription(stored)), config);
  });
}

test("mdnRnnConfigOf refuses a network that is not an MDN-RNN", () => {
  const network = mdnRnnNetwork(carRacing);
  const other = { ...network, chains: network.chains.slice(0, 1) };
  assert.throws(() => mdnRnnConfigOf(other), /inputs latent, action and chains lstm is not an MDN-RNN/);
});

for (const key of ["latentDim", "actionSize", "hidden", "mixtures"]) {
  test(`${key} = 0 is refused`, () => {
    assert.throws(() => mdnRnnNetwork({ ...carRacing, [key]: 0 }), new RegExp(`${key} is 0 and must be`));
  });
}
