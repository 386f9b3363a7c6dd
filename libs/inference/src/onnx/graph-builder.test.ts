import assert from "node:assert/strict";
import { test } from "node:test";
import { createFixedSession, floatsOf } from "../fixed-session.js";
import { GraphBuilder } from "./graph-builder.js";

test("a value that is an output is read by other nodes too, and may be given twice, as may an input", async (t) => {
  const builder = new GraphBuilder("outputs");
  const x = builder.input("x", "float32", [3]);
  const doubled = builder.node("Add", [x, x]);
  builder.output("doubled", doubled, "float32", [3]);
  builder.output("again", doubled, "float32", [3]);
  builder.output("same", x, "float32", [3]);
  builder.output("quadrupled", builder.node("Add", [doubled, doubled]), "float32", [3]);
  const session = await createFixedSession(builder.encode());
  t.after(() => session.close());
  floatsOf(session.inputs, "x").set([1, 2, 3]);
  await session.run();
  const outputs = Object.fromEntries(
    Object.entries(session.outputs).map(([name, array]) => [name, [...array]]),
  );
  assert.deepEqual(outputs, {
    doubled: [2, 4, 6],
    again: [2, 4, 6],
    same: [1, 2, 3],
    quadrupled: [4, 8, 12],
  });
});
