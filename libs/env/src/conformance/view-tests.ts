import assert from "node:assert/strict";
import { test } from "node:test";
import { SlotStatus } from "../vector-env.js";
import { actionsFor, allSlots, follow, needsEqualBytes, open, rowOf, stepAt } from "./drive.js";
import type { Suite } from "./facts.js";

/** That looking changes nothing, and that a fault stays where it is. */
export function registerViewTests(suite: Suite): void {
  test("a picture has the size asked for and changes nothing", async (t) => {
    const env = await open(t, suite);
    if (env.spec.renderSize[0] === 0) {
      await env.reset();
      await assert.rejects(env.render(0), { name: "DomainError", code: "unimplemented" });
      return;
    }
    if (!needsEqualBytes(t, env)) return;
    const unseen = await open(t, suite);
    await unseen.reset({ seeds: 70n });
    const expected = await follow(unseen, 1, 0, suite.steps);

    await env.reset({ seeds: 70n });
    const seen = [];
    for (let step = 0; step < suite.steps; step++) {
      const picture = await env.render(1, { width: 30, height: 20 });
      assert.equal(picture.length, 30 * 20 * 3);
      assert.deepEqual(await env.render(1, { width: 30, height: 20 }), picture);
      seen.push(rowOf(await stepAt(env, step), 1));
    }
    assert.deepEqual(seen, expected);
    const [width, height] = env.spec.renderSize;
    assert.equal((await env.render(0)).length, width * height * 3);
  });

  test("observations can be narrowed for one reply, to nothing too, and the bytes stay the same", async (t) => {
    const probe = await open(t, suite);
    const names = Object.keys(probe.spec.observations);
    const env = await open(t, suite, { observations: names });
    if (!needsEqualBytes(t, env)) return;
    await env.reset({ seeds: 90n });
    const expected = await follow(env, 0, 0, suite.steps);

    const none = await env.reset({ seeds: 90n, observations: [] });
    assert.deepEqual(none.observations, {});
    for (let step = 0; step < suite.steps; step++) {
      const wanted = names.filter((_, i) => i % (step + 1) === 0).slice(0, step % (names.length + 1));
      const row = rowOf(await stepAt(env, step, { observations: wanted }), 0);
      const narrowed = Object.fromEntries(wanted.map((name) => [name, expected[step]!.observations[name]]));
      assert.deepEqual(row, { ...expected[step], observations: narrowed });
    }
  });

  if (suite.facts.fault) {
    const { fault } = suite.facts;
    test("a slot that faults does not hurt the others, and a reset brings it back", async (t) => {
      const env = await open(t, suite);
      const unhurt = await open(t, suite);
      if (!needsEqualBytes(t, env)) return;
      await unhurt.reset({ seeds: 95n });
      const expected = await follow(unhurt, 0, 0, suite.steps);

      await env.reset({ seeds: 95n });
      await fault(env, 1);
      const broken = await stepAt(env, 0);
      const statuses = allSlots(env).map((slot) => (slot === 1 ? SlotStatus.FAULTED : SlotStatus.OK));
      assert.deepEqual([...broken.statuses], statuses);
      assert.deepEqual([broken.rewards[1], broken.terminated[1], broken.truncated[1]], [0, 0, 0]);
      const seen = [rowOf(broken, 0), ...(await follow(env, 0, 1, suite.steps))];
      assert.deepEqual(seen, expected);
      assert.equal((await stepAt(env, 0, { slots: [1] })).statuses[0], SlotStatus.FAULTED);
      await assert.rejects(env.render(1), { name: "DomainError" });
      const back = await env.reset({ slots: [1], seeds: [5n] });
      assert.deepEqual([...back.statuses], [SlotStatus.OK]);
      assert.deepEqual([...(await env.step(actionsFor(env, [1], 0), { slots: [1] })).stepNumbers], [1]);
    });
  }
}
