import assert from "node:assert/strict";
import { test } from "node:test";
import { countParameters, outputShapes, parseNetworkDescription, planNetwork } from "@worldmodels/networks";
import { vaeNetwork } from "./vae-network.js";

// Ha & Schmidhuber 2018, appendix: CarRacing and Doom.
for (const [latentDim, parameters] of [
  [32, 4_348_547],
  [64, 4_446_915],
] as const) {
  test(`the VAE with z = ${latentDim} has the paper's ${parameters} parameters`, () => {
    assert.equal(countParameters(vaeNetwork({ latentDim })), parameters);
  });
}

test("frames shrink and grow through the paper's sizes", () => {
  const network = vaeNetwork({ latentDim: 32 });
  const sizes = planNetwork(network).map(({ layers }) =>
    layers.map(({ outputShape }) => outputShape.join("x")),
  );
  assert.deepEqual(sizes[0], ["31x31x32", "14x14x64", "6x6x128", "2x2x256", "1024"]);
  assert.deepEqual(sizes[3], ["1024", "1x1x1024", "5x5x128", "13x13x64", "30x30x32", "64x64x3"]);
  assert.deepEqual(outputShapes(network), {
    encoder: [1024],
    mean: [32],
    logVariance: [32],
    decoder: [64, 64, 3],
  });
});

test("the description survives being written as JSON", () => {
  const network = vaeNetwork({ latentDim: 8 });
  assert.deepEqual(parseNetworkDescription(JSON.parse(JSON.stringify(network))), network);
});

for (const latentDim of [0, 1.5, NaN]) {
  test(`a latent of ${latentDim} dimensions is refused`, () => {
    assert.throws(() => vaeNetwork({ latentDim }), /latentDim is .* must be a whole number of at least 1/);
  });
}
