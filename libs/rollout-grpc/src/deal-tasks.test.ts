import assert from "node:assert/strict";
import { test } from "node:test";
import { dealSize, takeTasks } from "./deal-tasks.js";

const half = { total: 1000, pending: 1000, share: 0.5, isFirst: true, slots: 16 };
for (const [name, list, size] of [
  ["a service that is alone is given everything", { ...half, share: 1 }, 1000],
  ["of a long list a service is first given three quarters of its share", half, 375],
  ["of a short list a service is given its whole share", { ...half, total: 64, pending: 64 }, 32],
  ["then a service is given its share of what is left", { ...half, pending: 250, isFirst: false }, 125],
  ["no call is for less than a worker's slots", { ...half, pending: 20, isFirst: false }, 16],
  ["no call is for more than is left", { ...half, pending: 7, isFirst: false }, 7],
  ["of fewer tasks than slots each service still has its share", { ...half, total: 8, pending: 8 }, 4],
] as const) {
  test(name, () => {
    assert.equal(dealSize(list), size);
  });
}

test("tasks are taken from the front", () => {
  const tasks = [0, 1, 2, 3].map((index) => ({ index, seed: 0n }));
  const pending = [2, 0, 3];
  assert.deepEqual(takeTasks(pending, tasks, 2), [2, 0]);
  assert.deepEqual(pending, [3]);
});

test("a call carries no more controllers than fit into a message, and shared ones count once", () => {
  const controllers = [0, 1, 2].map(() => new Float64Array(2 * 2 ** 20));
  const tasks = controllers.flatMap((controller) => [
    { index: 0, seed: 0n, controller },
    { index: 1, seed: 0n, controller },
  ]);
  const pending = tasks.map((_, place) => place);
  assert.deepEqual(takeTasks(pending, tasks, 6), [0, 1, 2, 3]);
  assert.deepEqual(takeTasks(pending, tasks, 6), [4, 5]);
});
