import assert from "node:assert/strict";
import { test } from "node:test";
import { packReplay, unpackReplay } from "./replay-state.js";

const actions = Float32Array.of(0.5, -1, 0.25, 0);
const stream = Uint8Array.from({ length: 37 }, (_, i) => 3 * i);

for (const [what, origin] of [
  ["a seed", { seed: 2n ** 64n - 1n }],
  ["a stream", { stream }],
] as const) {
  test(`a replay that begins with ${what} comes back as it was`, () => {
    assert.deepEqual(unpackReplay(packReplay({ origin, actions }), 2), { origin, actions });
    const none = { origin, actions: new Float32Array(0) };
    assert.deepEqual(unpackReplay(packReplay(none), 2), none);
  });
}

const good = packReplay({ origin: { stream }, actions });
const bad: readonly (readonly [string, Uint8Array, number])[] = [
  ["nothing", new Uint8Array(0), 2],
  ["a missing end", good.subarray(0, -1), 2],
  ["more than there should be", Uint8Array.of(...good, 0), 2],
  ["another format", Uint8Array.of(9, ...good.subarray(1)), 2],
  ["half an action", good, 3],
];
for (const [what, bytes, actionSize] of bad) {
  test(`${what} is no replay`, () => {
    assert.throws(() => unpackReplay(bytes, actionSize), { name: "DomainError", code: "invalid-argument" });
  });
}
