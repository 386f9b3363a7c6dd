import assert from "node:assert/strict";
import { test } from "node:test";
import { createRowRunner } from "./row-runner.js";
import type { RowSession } from "./row-runner.js";

/** Doubles numbers, two per row; sessions note their calls and refuse two at a time. */
function doubling(options: { readonly sizes: readonly number[]; readonly wrongAt?: number }) {
  const calls: number[] = [];
  const closed: number[] = [];
  const open = async (size: number): Promise<RowSession> => {
    const view = new Float32Array(2 * size);
    let isRunning = false;
    return {
      async run([input]) {
        assert.equal(isRunning, false, "two calls at a time");
        assert.equal(input?.length, 2 * size);
        isRunning = true;
        await new Promise(setImmediate);
        view.set(input.map((value) => 2 * value + (size === options.wrongAt ? 1e-6 : 0)));
        calls.push(size);
        isRunning = false;
        return [view];
      },
      close: async () => {
        closed.push(size);
      },
    };
  };
  const probe = (rows: number) => [Float32Array.from({ length: 2 * rows }, (_, i) => i)];
  return { calls, closed, runner: createRowRunner({ open, sizes: options.sizes, probe }) };
}

const numbers = (rows: number, from = 0) => Float32Array.from({ length: 2 * rows }, (_, i) => from + i);

for (const [rows, expected] of [
  [1, [1]],
  [4, [4]],
  [23, [16, 4, 1, 1, 1]],
] as const) {
  test(`${rows} rows go in calls of ${expected.join(", ")}`, async () => {
    const { calls, runner } = doubling({ sizes: [4, 16] });
    const opened = await runner;
    calls.length = 0;
    const [output] = await opened.run([numbers(rows)], rows);
    assert.deepEqual(calls, expected);
    assert.deepEqual(
      output,
      numbers(rows).map((value) => 2 * value),
    );
  });
}

test("a size whose rows differ from single ones by a bit is closed and not used", async () => {
  const { calls, closed, runner } = doubling({ sizes: [4, 16], wrongAt: 16 });
  const opened = await runner;
  assert.deepEqual(closed, [16]);
  calls.length = 0;
  await opened.run([numbers(16)], 16);
  assert.deepEqual(calls, [4, 4, 4, 4]);
});

test("callers at one time get their own rows, and keep them", async () => {
  const opened = await doubling({ sizes: [4] }).runner;
  const asked = Array.from({ length: 20 }, (_, i) => ({ rows: 1 + (i % 6), from: 100 * i }));
  const answers = await Promise.all(asked.map(({ rows, from }) => opened.run([numbers(rows, from)], rows)));
  for (const [i, { rows, from }] of asked.entries()) {
    assert.deepEqual(
      answers[i]?.[0],
      numbers(rows, from).map((value) => 2 * value),
    );
  }
});

test("one row of another caller does not wait for all rows of a large call", async () => {
  const { calls, runner } = doubling({ sizes: [4] });
  const opened = await runner;
  calls.length = 0;
  const large = opened.run([numbers(40)], 40);
  await opened.run([numbers(1)], 1);
  assert.ok(calls.length <= 3, `it waited for ${calls.length - 1} calls`);
  await large;
});

test("a call ends between two sessions' calls when its signal says so, and the others go on", async () => {
  const { runner } = doubling({ sizes: [] });
  const opened = await runner;
  const abort = new AbortController();
  const stopped = opened.run([numbers(5)], 5, abort.signal);
  const other = opened.run([numbers(2)], 2);
  abort.abort(new Error("gone"));
  await assert.rejects(stopped, { message: "gone" });
  assert.equal((await other)[0]?.length, 4);
});

test("closing closes each session once, after what was asked before", async () => {
  const { closed, runner } = doubling({ sizes: [4] });
  const opened = await runner;
  const asked = opened.run([numbers(4)], 4);
  await opened.close();
  assert.equal((await asked)[0]?.length, 8);
  assert.deepEqual(closed.sort(), [1, 4]);
});
