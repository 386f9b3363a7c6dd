import assert from "node:assert/strict";
import { test } from "node:test";
import { createCountingEngine } from "./counting-engine.js";
import { crc32 } from "./crc32.js";
import { packSnapshot, unpackSnapshot } from "./snapshot-envelope.js";

const { spec } = createCountingEngine({ numEnvs: 1 });
const record = { phase: 1, episodeNumber: 7, stepNumber: 2 ** 32 - 1, return: -0, seed: 2n ** 64n - 1n };
const packed = packSnapshot(spec, { record, state: Uint8Array.of(1, 2, 3) });

test("the checksum is the CRC-32 of zip and PNG", () => {
  // The check value that the catalogues of CRCs give for these nine digits.
  assert.equal(crc32(new TextEncoder().encode("123456789")), 0xcbf43926);
});

test("a snapshot comes out as it went in, at any offset of a buffer", () => {
  const shifted = new Uint8Array(packed.length + 3).subarray(3);
  shifted.set(packed);
  assert.deepEqual(unpackSnapshot(spec, shifted, "it"), { record, state: Uint8Array.of(1, 2, 3) });
  const unseeded = { ...record, seed: undefined, return: 0.1 };
  const again = unpackSnapshot(
    spec,
    packSnapshot(spec, { record: unseeded, state: new Uint8Array(0) }),
    "it",
  );
  assert.deepEqual(again.record, unseeded);
});

test("any single changed byte is found", () => {
  for (let at = 0; at < packed.length; at++) {
    const changed = packed.slice();
    changed[at]! ^= 0x10;
    assert.throws(() => unpackSnapshot(spec, changed, "it"), { code: "invalid-argument" }, `byte ${at}`);
  }
});

test("a whole snapshot of another format is no damage but another build", () => {
  const newer = packed.slice();
  const view = new DataView(newer.buffer);
  view.setUint32(4, 2, true);
  view.setUint32(newer.length - 4, crc32(newer.subarray(0, -4)), true);
  assert.throws(() => unpackSnapshot(spec, newer, "it"), {
    code: "failed-precondition",
    message: "restore: it has snapshot format 2; this build reads 1",
  });
});
