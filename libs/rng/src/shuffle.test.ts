import assert from "node:assert/strict";
import { test } from "node:test";
import { createRng } from "./create-rng.js";
import { shuffle } from "./shuffle.js";

test("a shuffle of three is each of the six orders about as often", () => {
  const rng = createRng(1n);
  const counts = new Map<string, number>();
  for (let i = 0; i < 6000; i++) {
    const values = ["a", "b", "c"];
    shuffle(values, rng);
    counts.set(values.join(""), (counts.get(values.join("")) ?? 0) + 1);
  }
  assert.equal(counts.size, 6);
  // Each count is binomial with mean 1000 and standard deviation 29.
  for (const count of counts.values()) assert.ok(Math.abs(count - 1000) < 150, `${count}`);
});

test("a typed array and a list are shuffled alike by one seed", () => {
  const typed = Uint32Array.from({ length: 20 }, (_, i) => i);
  const list = [...typed];
  shuffle(typed, createRng(2n));
  shuffle(list, createRng(2n));
  assert.deepEqual([...typed], list);
  assert.deepEqual(
    [...list].sort((a, b) => a - b),
    [...list.keys()],
  );
});
