import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import type { VectorEnv } from "../vector-env.js";
import { allSlots, follow, open, rowOf, stepAt } from "./drive.js";
import type { Suite } from "./facts.js";

function needsSnapshots(t: TestContext, env: VectorEnv): boolean {
  if (env.spec.snapshots !== "NONE") return true;
  t.skip(`the spec's snapshots are ${env.spec.snapshots}`);
  return false;
}

/** A snapshot of slot 0. */
async function takeOne(env: VectorEnv): Promise<Uint8Array> {
  const taken = await env.snapshot([0]);
  assert.equal(taken.length, 1);
  return taken[0]!;
}

/** Snapshots, forks, and that damaged ones change nothing. */
export function registerSnapshotTests(suite: Suite): void {
  const before = 3;
  const after = before + suite.steps;

  /** Steps slot 0 to the moment of the snapshot, and on: its future, with the beginning of the next episode. */
  const future = async (env: VectorEnv, slot: number) => [
    ...(await follow(env, slot, before, after - before)),
    rowOf(await env.reset(), slot),
    ...(await follow(env, slot, 0, 2)),
  ];

  test("a snapshot has one future: here, in another slot, in another environment, again and again", async (t) => {
    const env = await open(t, suite);
    if (!needsSnapshots(t, env)) return;
    const other = await open(t, suite);
    const last = env.numEnvs - 1;
    await env.reset({ seeds: 80n });
    await follow(env, 0, 0, before);
    const taken = await takeOne(env);
    const expected = await future(env, 0);

    await env.restore([{ slot: 0, snapshot: taken }]);
    assert.deepEqual(await future(env, 0), expected, "in the same slot");
    await env.restore([{ slot: last, snapshot: taken }]);
    assert.deepEqual(await future(env, last), expected, "in the last slot");
    await other.reset({ seeds: 0n });
    await other.restore([{ slot: 1, snapshot: taken }]);
    assert.deepEqual(await future(other, 1), expected, "in another environment");
  });

  test("a snapshot may be the first thing that a slot ever holds", async (t) => {
    const env = await open(t, suite);
    if (!needsSnapshots(t, env)) return;
    await env.reset({ seeds: 81n });
    await follow(env, 1, 0, before);
    const taken = await env.snapshot(allSlots(env));
    const expected = await follow(env, 1, before, after);
    const fresh = await open(t, suite);
    await fresh.restore(taken.map((snapshot, slot) => ({ slot, snapshot })));
    assert.deepEqual(await follow(fresh, 1, before, after), expected);
  });

  test("copy forks a future into other slots and leaves the source as it was", async (t) => {
    const env = await open(t, suite);
    if (!needsSnapshots(t, env)) return;
    await env.reset({ seeds: 82n });
    await follow(env, 0, 0, before);
    await env.copy(0, allSlots(env).slice(1));
    for (let step = before; step < after; step++) {
      const batch = await stepAt(env, step);
      const rows = allSlots(env).map((slot) => rowOf(batch, slot));
      for (const row of rows) assert.deepEqual(row, rows[0]);
      assert.equal(rows[0]!.stepNumber, step + 1);
    }
  });

  test("the counters travel with a snapshot: return, length and seed are the episode's", async (t) => {
    const limit = 4;
    const env = await open(t, suite, { maxEpisodeSteps: limit });
    if (!needsSnapshots(t, env)) return;
    await env.reset({ seeds: 83n });
    await follow(env, 0, 0, 2);
    const taken = await takeOne(env);
    await follow(env, 0, 2, limit - 1);
    const expected = (await stepAt(env, limit - 1)).endedEpisodes[0]!;
    await env.reset();
    await env.restore([{ slot: 2, snapshot: taken }]);
    await follow(env, 2, 2, limit - 1, [2]);
    const seen = (await stepAt(env, limit - 1, { slots: [2] })).endedEpisodes[0]!;
    assert.deepEqual(seen, { ...expected, slot: 2 });
  });

  test("a damaged snapshot is refused, and then nothing has been restored", async (t) => {
    const env = await open(t, suite);
    if (!needsSnapshots(t, env)) return;
    await env.reset({ seeds: 84n });
    const good = await env.snapshot(allSlots(env));
    const expected = await follow(env, 0, 0, suite.steps);
    await env.restore(good.map((snapshot, slot) => ({ slot, snapshot })));
    const elsewhere = await open(t, suite);
    await elsewhere.reset({ seeds: 900n });
    const foreignMoment = await takeOne(elsewhere);

    const flipped = good[1]!.slice();
    flipped[flipped.length >> 1]! ^= 1;
    const damaged = {
      flipped,
      short: good[1]!.slice(0, -1),
      empty: new Uint8Array(0),
      text: new Uint8Array(200),
    };
    for (const [name, snapshot] of Object.entries(damaged)) {
      const entries = [
        { slot: 0, snapshot: foreignMoment },
        { slot: 1, snapshot },
      ];
      await assert.rejects(env.restore(entries), { name: "DomainError", code: "invalid-argument" }, name);
    }
    assert.deepEqual(await follow(env, 0, 0, suite.steps), expected);
  });
}
