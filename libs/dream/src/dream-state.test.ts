import assert from "node:assert/strict";
import { test } from "node:test";
import { createRng } from "@worldmodels/rng";
import { packDreamState, unpackDreamState } from "./dream-state.js";

const numbers = Float32Array.of(0.1, -0, 3e38, 1e-40);

test("a state comes out as it went in, with its stream", () => {
  const rng = createRng(5);
  rng.nextUint32();
  const packed = packDreamState({ rng, restart: true, numbers });
  const back = unpackDreamState(packed, 4);
  assert.deepEqual(back.numbers, numbers);
  assert.equal(back.restart, true);
  assert.deepEqual(
    [back.rng.nextUint32(), back.rng.standardNormal()],
    [rng.nextUint32(), rng.standardNormal()],
  );
});

const packed = packDreamState({ rng: createRng(5), restart: false, numbers });
const damaged: Record<string, Uint8Array> = {
  nothing: new Uint8Array(0),
  "numbers without a stream": packed.slice(0, 17),
  "half a stream": packed.slice(0, 60),
  "a stream that is a number": Uint8Array.from([...packed.subarray(0, 17), 0x31]),
  "a restart flag of 2": Uint8Array.from([2, ...packed.subarray(1)]),
};
for (const [what, bytes] of Object.entries(damaged)) {
  test(`refuses ${what}`, () => {
    assert.throws(() => unpackDreamState(bytes, 4), { name: "DomainError", code: "invalid-argument" });
  });
}
