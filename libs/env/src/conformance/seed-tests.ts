import assert from "node:assert/strict";
import { test } from "node:test";
import { allSlots, follow, needsEqualBytes, open, rowOf, stepAt } from "./drive.js";
import type { Suite } from "./facts.js";

/** Seeds, partial resets, and that slots do not know of each other. */
export function registerSeedTests(suite: Suite): void {
  const { steps } = suite;

  test("the same seed gives the same bytes, in this environment and in another", async (t) => {
    const env = await open(t, suite);
    if (!needsEqualBytes(t, env)) return;
    const other = await open(t, suite);
    const runs = [];
    for (const each of [env, env, other]) {
      const first = rowOf(await each.reset({ seeds: 5n }), 1);
      runs.push([first, ...(await follow(each, 1, 0, steps))]);
    }
    assert.deepEqual(runs[1], runs[0]);
    assert.deepEqual(runs[2], runs[0]);
  });

  test("another seed gives another episode", async (t) => {
    const env = await open(t, suite);
    await env.reset({ seeds: 40n });
    const last = (suite.facts.stepsToDiffer ?? 1) - 1;
    await follow(env, 0, 0, last);
    const batch = await stepAt(env, last);
    assert.notDeepEqual(rowOf(batch, 0).observations, rowOf(batch, 1).observations);
  });

  test("one base seed is base + i for the i-th slot that is reset", async (t) => {
    const env = await open(t, suite);
    if (!needsEqualBytes(t, env)) return;
    const rows = (batch: Awaited<ReturnType<typeof env.reset>>) =>
      batch.slots.map((slot) => rowOf(batch, slot));
    const last = env.numEnvs - 1;
    const byBase = rows(await env.reset({ slots: [0, last], seeds: 7n }));
    const one = rows(await env.reset({ slots: [0, last], seeds: [7n, 8n] }));
    assert.deepEqual(one, byBase);
  });

  test("without a seed the slot's stream goes on, and the seed before fixes what follows", async (t) => {
    const env = await open(t, suite);
    if (!needsEqualBytes(t, env)) return;
    const runs = [];
    for (let run = 0; run < 2; run++) {
      const first = [rowOf(await env.reset({ seeds: 3n }), 0), ...(await follow(env, 0, 0, steps))];
      const second = [rowOf(await env.reset(), 0), ...(await follow(env, 0, 0, steps))];
      runs.push({ first, second });
    }
    assert.deepEqual(runs[1], runs[0]);
    assert.notDeepEqual(runs[0]!.second, runs[0]!.first);
  });

  test("a partial reset and a partial step leave the other slots alone", async (t) => {
    const env = await open(t, suite);
    if (!needsEqualBytes(t, env)) return;
    const undisturbed = await open(t, suite);
    await undisturbed.reset({ seeds: 20n });
    const expected = await follow(undisturbed, 0, 0, steps);

    await env.reset({ seeds: 20n });
    const seen = await follow(env, 0, 0, 2);
    const reset = await env.reset({ slots: [1], seeds: [99n] });
    assert.deepEqual(reset.slots, [1]);
    assert.deepEqual([reset.episodeNumbers[0], reset.stepNumbers[0]], [2, 0]);
    await stepAt(env, 0, { slots: [1, 2] });
    seen.push(...(await follow(env, 0, 2, steps)));
    assert.deepEqual(seen, expected);
  });

  test("an episode has the same bytes in any slot, alone or in company", async (t) => {
    const env = await open(t, suite);
    if (!needsEqualBytes(t, env)) return;
    const last = env.numEnvs - 1;
    const seedsWith = (slot: number): bigint[] =>
      allSlots(env).map((each) => (each === slot ? 77n : BigInt(each)));
    const run = async (slot: number, company: readonly number[]) => {
      const first = rowOf(await env.reset({ seeds: seedsWith(slot) }), slot);
      return [first, ...(await follow(env, slot, 0, steps, company))];
    };
    const expected = await run(0, allSlots(env));
    assert.deepEqual(await run(last, allSlots(env)), expected, "in the last slot");
    assert.deepEqual(await run(last, [last]), expected, "in the last slot, stepped alone");
    const single = await open(t, suite, { numEnvs: 1 });
    const first = rowOf(await single.reset({ seeds: 77n }), 0);
    assert.deepEqual(
      [first, ...(await follow(single, 0, 0, steps))],
      expected,
      "in an environment of one slot",
    );
  });
}
