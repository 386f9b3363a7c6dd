import assert from "node:assert/strict";
import { test } from "node:test";
import { isDomainError } from "@worldmodels/errors";
import { loadTestBox2D, readBox2DWasm } from "../fixtures.test-helper.js";
import { loadBox2D } from "./load-box2d.js";
import { HEAP_START, STATIC_END } from "./box2d-layout.js";

const refused: [name: string, bytes: Uint8Array][] = [
  ["other bytes", new Uint8Array(10)],
  ["as many bytes that are no WebAssembly", new Uint8Array(readBox2DWasm().length)],
];
for (const [name, bytes] of refused) {
  test(`loadBox2D refuses ${name} and names the file that it wants`, async () => {
    await assert.rejects(
      loadBox2D(bytes, process),
      (error) => isDomainError(error, "failed-precondition") && error.message.includes("Box2D.wasm"),
    );
  });
}

test("instances leave no handlers on the process", async () => {
  const count = () =>
    process.listenerCount("uncaughtException") + process.listenerCount("unhandledRejection");
  const before = count();
  const factory = await loadTestBox2D();
  await factory.create();
  assert.equal(count(), before);
});

test("fresh instances have equal memories, so that one's snapshot fits the other", async () => {
  const first = await (await loadTestBox2D()).create();
  const second = await (await loadTestBox2D()).create();
  assert.deepEqual(first.HEAPU8.slice(0, STATIC_END), second.HEAPU8.slice(0, STATIC_END));
  assert.deepEqual(first.HEAPU8.slice(HEAP_START), second.HEAPU8.slice(HEAP_START));
});
