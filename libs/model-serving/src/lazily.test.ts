import assert from "node:assert/strict";
import { test } from "node:test";
import { lazily } from "./lazily.js";

test("what nobody asks for is not made", () => {
  const thing = lazily(async () => assert.fail("it was made"));
  assert.equal(thing.made(), undefined);
});

test("all who ask get one thing", async () => {
  let made = 0;
  const thing = lazily(async () => ++made);
  assert.deepEqual(await Promise.all([thing.get(), thing.get()]), [1, 1]);
  assert.equal(await thing.made(), 1);
});

test("a failure to make it is tried again the next time", async () => {
  let tries = 0;
  const thing = lazily(async () => {
    if (++tries === 1) throw new Error("not yet");
    return tries;
  });
  await assert.rejects(thing.get(), { message: "not yet" });
  assert.equal(thing.made(), undefined);
  assert.equal(await thing.get(), 2);
});
