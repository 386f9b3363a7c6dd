import assert from "node:assert/strict";
import { test } from "node:test";
import { specComplaints } from "../spec-complaints.js";
import { createObservationArray, elementCount } from "../reply-buffers.js";
import { allSlots, open, stepAt } from "./drive.js";
import type { Suite } from "./facts.js";

/** What an environment says of itself, and that its replies are shaped accordingly. */
export function registerSpecTests(suite: Suite): void {
  test("the spec is sound", async (t) => {
    const env = await open(t, suite);
    assert.deepEqual(specComplaints(env.spec), []);
    assert.equal(env.numEnvs, suite.numEnvs);
    assert.ok(env.numEnvs <= env.spec.maxNumEnvs, "more slots than the spec allows");
    assert.deepEqual(env.observationNames, env.spec.defaultObservations);
  });

  test("replies have the shapes, types and bounds of the spec", async (t) => {
    const probe = await open(t, suite);
    const names = Object.keys(probe.spec.observations);
    const env = await open(t, suite, { observations: names });
    const first = await env.reset({ seeds: 11n });
    assert.deepEqual(first.slots, allSlots(env));
    assert.deepEqual([...first.rewards], new Array(env.numEnvs).fill(0));
    assert.deepEqual([...first.stepNumbers], new Array(env.numEnvs).fill(0));
    assert.deepEqual([...first.episodeNumbers], new Array(env.numEnvs).fill(1));
    assert.equal(first.finalObservations, undefined);
    const [least, most] = env.spec.rewardRange;
    for (let step = -1; step < suite.steps; step++) {
      const batch = step < 0 ? first : await stepAt(env, step);
      assert.deepEqual(Object.keys(batch.observations).sort(), [...names].sort());
      for (const name of names) {
        const spec = env.spec.observations[name]!;
        const array = batch.observations[name]!;
        assert.equal(
          array.constructor,
          createObservationArray(spec.dtype, 0).constructor,
          `dtype of ${name}`,
        );
        assert.equal(array.length, env.numEnvs * elementCount(spec.shape), `length of ${name}`);
        const outside = array.findIndex((value) => !(value >= spec.low && value <= spec.high));
        assert.equal(outside, -1, `${name} has ${array[outside]} outside [${spec.low}, ${spec.high}]`);
      }
      assert.equal(batch.rewards.length, env.numEnvs);
      if (step < 0) continue;
      assert.deepEqual([...batch.stepNumbers], new Array(env.numEnvs).fill(step + 1));
      for (const reward of batch.rewards) assert.ok(reward >= least && reward <= most, `reward ${reward}`);
    }
  });

  test("rows come for the slots asked for, in that order", async (t) => {
    const env = await open(t, suite);
    await env.reset({ seeds: 1n });
    const last = env.numEnvs - 1;
    const batch = await stepAt(env, 0, { slots: [0, last] });
    assert.deepEqual(batch.slots, [0, last]);
    assert.equal(batch.rewards.length, 2);
    assert.deepEqual([...(await stepAt(env, 1)).stepNumbers], [2, ...new Array<number>(last - 1).fill(1), 2]);
  });
}
