import assert from "node:assert/strict";
import { test } from "node:test";
import type { NetworkDescription } from "./description.js";
import { parseNetworkDescription } from "./parse-network-description.js";

const network: NetworkDescription = {
  inputs: { frames: [6, 6, 3], action: [2] },
  chains: [
    {
      name: "encoder",
      from: "frames",
      layers: [
        { type: "conv2d", name: "conv", filters: 4, kernel: 4, stride: 2, activation: "relu" },
        { type: "reshape", shape: [16] },
        { type: "dense", name: "dense", units: 3, activation: "tanh" },
      ],
    },
    {
      name: "memory",
      from: ["encoder", "action"],
      layers: [{ type: "lstm", name: "cell", units: 5, forgetBias: 1 }],
    },
  ],
};

test("a description survives being written as JSON and read again", () => {
  assert.deepEqual(parseNetworkDescription(JSON.parse(JSON.stringify(network))), network);
});

/** The description with the value at `path` replaced. */
function withValue(path: readonly (string | number)[], value: unknown): unknown {
  const copy = structuredClone(network) as unknown as Record<string | number, unknown>;
  let place = copy;
  for (const key of path.slice(0, -1)) place = place[key] as Record<string | number, unknown>;
  place[path.at(-1)!] = value;
  return copy;
}

const wrong: readonly [readonly (string | number)[], unknown, RegExp][] = [
  [["inputs"], 3, /network\.inputs is 3 and must be an object/],
  [
    ["inputs", "frames"],
    [6, 0, 3],
    /network\.inputs\.frames\[1\] is 0 and must be a whole number of at least 1/,
  ],
  [["chains"], {}, /network\.chains is \{\} and must be a list/],
  [["chains", 0, "name"], "a/b", /network\.chains\[0\]\.name is "a\/b" and must be a name without a slash/],
  [
    ["chains", 0, "layers", 0, "type"],
    "conv3d",
    /type is "conv3d" and must be one of conv2d, conv2d-transpose/,
  ],
  [["chains", 0, "layers", 0, "stride"], 1.5, /layers\[0\]\.stride is 1\.5/],
  [["chains", 0, "layers", 2, "activation"], "gelu", /activation is "gelu" and must be one of linear, relu/],
  [["chains", 1, "layers", 0, "forgetBias"], "1", /forgetBias is "1" and must be a finite number/],
  [["chains", 0, "layers", 2, "bias"], 0, /layers\[2\]\.bias is 0 and must be true or false/],
  [["chains", 1, "layers", 0, "dropout"], 0.5, /layers\[0\] has an unknown key "dropout"/],
  [["chains", 1, "from"], "nothing", /starts from "nothing"/],
  [["chains", 0, "layers", 1, "shape"], [15], /sizes differ/],
];
for (const [path, value, message] of wrong) {
  test(`parseNetworkDescription refuses ${JSON.stringify(value)} at ${path.join(".")}`, () => {
    assert.throws(() => parseNetworkDescription(withValue(path, value)), message);
  });
}
