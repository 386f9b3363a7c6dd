import assert from "node:assert/strict";
import { test } from "node:test";
import { createJobQueue } from "./job-queue.js";

/** Tasks that end when they are told to, and a note of which have begun. */
function createTasks() {
  const begun: string[] = [];
  const finish = new Map<string, () => void>();
  const task = (name: string) => () => {
    begun.push(name);
    return new Promise<void>((resolve) => finish.set(name, resolve));
  };
  const end = async (name: string) => {
    finish.get(name)?.();
    await new Promise(setImmediate);
  };
  return { begun, task, end };
}

test("tasks begin in order of arrival, so many at a time", async () => {
  const { begun, task, end } = createTasks();
  const queue = createJobQueue(2);
  for (const name of ["a", "b", "c", "d"]) queue.add(task(name));
  assert.deepEqual(begun, ["a", "b"]);
  await end("b");
  assert.deepEqual(begun, ["a", "b", "c"]);
  await end("a");
  assert.deepEqual(begun, ["a", "b", "c", "d"]);
});

test("a task that is taken out before its turn never begins, and one that has begun cannot be", async () => {
  const { begun, task, end } = createTasks();
  const queue = createJobQueue(1);
  const [leaveA, leaveB] = ["a", "b", "c"].map((name) => queue.add(task(name)));
  assert.deepEqual([leaveA?.(), leaveB?.(), leaveB?.()], [false, true, false]);
  await end("a");
  assert.deepEqual(begun, ["a", "c"]);
});
