import assert from "node:assert/strict";
import { test } from "node:test";
import { SlotStatus } from "../vector-env.js";
import type { Batch } from "../vector-env.js";
import { allSlots, follow, needsEqualBytes, open, rowOf, sliceRow, stepAt } from "./drive.js";
import type { Suite } from "./facts.js";

const LIMIT = 3;

/** Step limit, the three autoreset modes, and what a reply says of episodes that ended. */
export function registerEndingTests(suite: Suite): void {
  const all = (batch: Batch, value: number): number[] => new Array<number>(batch.slots.length).fill(value);

  test("the step limit truncates, and the reply says what the episode came to", async (t) => {
    const env = await open(t, suite, { maxEpisodeSteps: LIMIT });
    assert.equal(env.spec.maxEpisodeSteps, LIMIT);
    await env.reset({ seeds: 30n });
    const returns = new Float64Array(env.numEnvs);
    for (let step = 0; step < LIMIT; step++) {
      const batch = await stepAt(env, step);
      batch.rewards.forEach((reward, slot) => (returns[slot]! += reward));
      const last = step === LIMIT - 1;
      assert.deepEqual([...batch.truncated], all(batch, last ? 1 : 0));
      assert.deepEqual([...batch.statuses], all(batch, SlotStatus.OK));
      assert.deepEqual(
        batch.endedEpisodes,
        last
          ? allSlots(env).map((slot) => ({
              slot,
              return: returns[slot]!,
              length: LIMIT,
              seed: 30n + BigInt(slot),
            }))
          : [],
      );
    }
  });

  test("DISABLED: an ended slot does not move until it is reset, and the others do", async (t) => {
    const env = await open(t, suite, { maxEpisodeSteps: LIMIT });
    await env.reset({ seeds: 1n });
    await stepAt(env, 0);
    await env.reset({ slots: [1], seeds: 50n });
    await stepAt(env, 1);
    const ended = rowOf(await stepAt(env, 2), 0);
    const after = await stepAt(env, 3);
    assert.deepEqual(
      [...after.statuses],
      allSlots(env).map((slot) => (slot === 1 ? SlotStatus.OK : SlotStatus.NEEDS_RESET)),
    );
    assert.equal(after.endedEpisodes.length, 1);
    assert.equal(after.endedEpisodes[0]!.slot, 1);
    assert.deepEqual(rowOf(after, 0), {
      ...ended,
      reward: 0,
      truncated: 0,
      status: SlotStatus.NEEDS_RESET,
    });
    await env.reset();
    assert.deepEqual([...(await stepAt(env, 0)).statuses], all(after, SlotStatus.OK));
  });

  for (const mode of ["NEXT_STEP", "SAME_STEP"] as const) {
    test(`${mode}: the following episode is the one that an explicit reset brings`, async (t) => {
      const env = await open(t, suite, { maxEpisodeSteps: LIMIT, autoreset: mode });
      if (!needsEqualBytes(t, env)) return;
      const byHand = await open(t, suite, { maxEpisodeSteps: LIMIT });
      await byHand.reset({ seeds: 4n });
      const firstEpisode = await follow(byHand, 0, 0, LIMIT);
      const lastRow = firstEpisode[LIMIT - 1]!;
      const restarted = rowOf(await byHand.reset(), 0);
      const secondEpisode = await follow(byHand, 0, 0, LIMIT);

      await env.reset({ seeds: 4n });
      assert.deepEqual(await follow(env, 0, 0, LIMIT - 1), firstEpisode.slice(0, -1));
      const ending = await stepAt(env, LIMIT - 1);
      const seen = rowOf(ending, 0);
      assert.equal(ending.endedEpisodes.length, env.numEnvs);
      assert.equal(seen.truncated, 1);
      assert.equal(seen.reward, lastRow.reward);
      let start = seen;
      if (mode === "NEXT_STEP") {
        assert.deepEqual(seen, lastRow);
        assert.equal(ending.finalObservations, undefined);
        const restart = await stepAt(env, 12345);
        start = rowOf(restart, 0);
        assert.deepEqual(start, restarted);
        assert.deepEqual([...restart.episodeNumbers], all(restart, 2));
        assert.deepEqual(restart.endedEpisodes, []);
      } else {
        assert.ok(ending.finalObservations);
        for (const [name, array] of Object.entries(ending.finalObservations)) {
          assert.deepEqual(sliceRow(array, 0, env.numEnvs), lastRow.observations[name]);
        }
        assert.deepEqual([...ending.episodeNumbers], all(ending, 2));
      }
      assert.deepEqual(start.observations, restarted.observations);
      assert.equal(start.stepNumber, 0);
      assert.deepEqual(await follow(env, 0, 0, LIMIT - 1), secondEpisode.slice(0, -1));
      // The stream went on without a new seed, so the second episode reports none.
      assert.equal((await stepAt(env, LIMIT - 1)).endedEpisodes[0]!.seed, undefined);
    });
  }
}
