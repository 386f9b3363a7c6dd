import assert from "node:assert/strict";
import { test } from "node:test";
import { isDomainError } from "@worldmodels/errors";
import { createFixedSession, floatsOf } from "./fixed-session.js";
import { GraphBuilder } from "./onnx/graph-builder.js";

function doubled(): Uint8Array {
  const builder = new GraphBuilder("doubled");
  const x = builder.input("x", "float32", [2, 2]);
  builder.output("y", builder.node("Mul", [x, builder.scalar(2)]), "float32", [2, 2]);
  return builder.encode();
}

test("a session writes its results into the same arrays every time", async () => {
  const session = await createFixedSession(doubled());
  const { x } = session.inputs;
  const { y } = session.outputs;
  x?.set([1, -2, 3.5, 0]);
  await session.run();
  assert.deepEqual(y, Float32Array.of(2, -4, 7, 0));
  x?.fill(10);
  await session.run();
  assert.deepEqual(y, Float32Array.of(20, 20, 20, 20));
  assert.equal(session.outputs["y"], y);
  await session.close();
});

test("bytes that are no model are refused as an argument", async () => {
  await assert.rejects(createFixedSession(Uint8Array.of(1, 2, 3)), (error) =>
    isDomainError(error, "invalid-argument"),
  );
});

test("an unknown tensor is named", async () => {
  const session = await createFixedSession(doubled());
  assert.throws(
    () => floatsOf(session.outputs, "z"),
    (error) => isDomainError(error, "invalid-argument") && error.message.includes('"z"'),
  );
  await session.close();
});

test("a constant must have the numbers of its shape", () => {
  assert.throws(
    () => new GraphBuilder("g").floats([2, 3], new Float32Array(5)),
    (error) => isDomainError(error, "invalid-argument") && /\[2, 3\] cannot have 5/.test(error.message),
  );
});
