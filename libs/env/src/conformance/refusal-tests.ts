import assert from "node:assert/strict";
import { test } from "node:test";
import { actionSize } from "../spec.js";
import type { VectorEnv } from "../vector-env.js";
import { actionsFor, allSlots, follow, needsEqualBytes, open } from "./drive.js";
import type { Suite } from "./facts.js";

interface Refusal {
  readonly what: string;
  readonly call: (env: VectorEnv) => Promise<unknown>;
  readonly message?: RegExp;
}

/** Good actions for all slots, but for the last number of the last slot. */
function withLast(env: VectorEnv, value: number): Float32Array {
  const actions = actionsFor(env, allSlots(env), 0);
  actions[actions.length - 1] = value;
  return actions;
}

function badValue(what: string, value: (env: VectorEnv) => number): Refusal {
  return {
    what,
    call: (env) => env.step(withLast(env, value(env))),
    // Slot, index and value are named.
    message: /action\[\d+\] of slot \d+ = -?[\w.]+/,
  };
}

const refusals: readonly Refusal[] = [
  badValue("NaN in an action", () => NaN),
  badValue("Infinity in an action", () => Infinity),
  badValue("-Infinity in an action", () => -Infinity),
  {
    what: "too few actions",
    call: (env) => env.step(new Float32Array((env.numEnvs - 1) * actionSize(env.spec.action))),
  },
  {
    what: "actions of all slots for a part of them",
    call: (env) => env.step(withLast(env, 0), { slots: [0] }),
  },
  { what: "slots that descend", call: (env) => env.step(actionsFor(env, [0, 1], 0), { slots: [1, 0] }) },
  { what: "a slot twice", call: (env) => env.step(actionsFor(env, [0, 1], 0), { slots: [1, 1] }) },
  {
    what: "a slot that is not there",
    call: (env) => env.step(actionsFor(env, [0], 0), { slots: [env.numEnvs] }),
  },
  { what: "a negative slot", call: (env) => env.reset({ slots: [-1] }) },
  { what: "no slots", call: (env) => env.reset({ slots: [] }) },
  { what: "too few seeds", call: (env) => env.reset({ seeds: [1n] }) },
  { what: "a negative seed", call: (env) => env.reset({ slots: [0], seeds: [-1n] }) },
  { what: "a seed of 65 bits", call: (env) => env.reset({ slots: [0], seeds: 2n ** 64n }) },
  {
    what: "an unknown observation",
    call: (env) => env.step(withLast(env, 0), { observations: ["no such thing"] }),
  },
  { what: "a picture of no size", call: (env) => env.render(0, { width: 0, height: 10 }) },
  { what: "a picture of a slot that is not there", call: (env) => env.render(env.numEnvs) },
];

/** That a refused request has changed nothing. */
export function registerRefusalTests(suite: Suite): void {
  test("a refused request changes nothing", async (t) => {
    const env = await open(t, suite);
    if (!needsEqualBytes(t, env)) return;
    const { action } = env.spec;
    const cases = [...refusals].filter(({ what }) => env.spec.renderSize[0] > 0 || !what.includes("picture"));
    if (action.type === "DISCRETE") {
      cases.push(badValue("an action beyond the last", () => action.count));
      cases.push(badValue("half an action", () => 0.5));
    } else if (Number.isFinite(action.high[action.size - 1]) && suite.facts.actionBounds !== "engine") {
      const last = action.size - 1;
      cases.push(badValue("an action above its bound", () => action.high[last]! + 0.25));
      cases.push(badValue("an action below its bound", () => action.low[last]! - 0.25));
    }
    const undisturbed = await open(t, suite);
    await undisturbed.reset({ seeds: 60n });
    const expected = await follow(undisturbed, env.numEnvs - 1, 0, suite.steps);

    await env.reset({ seeds: 60n });
    const seen = await follow(env, env.numEnvs - 1, 0, 1);
    for (const { what, call, message } of cases) {
      await t.test(`refuses ${what}`, async () => {
        await assert.rejects(call(env), {
          name: "DomainError",
          code: "invalid-argument",
          message: message ?? /./,
        });
      });
    }
    seen.push(...(await follow(env, env.numEnvs - 1, 1, suite.steps)));
    assert.deepEqual(seen, expected);
  });

  test("a slot is not stepped before its first reset, nor is any other in that request", async (t) => {
    const env = await open(t, suite);
    await env.reset({ slots: [0] });
    const refusal = {
      name: "DomainError",
      code: "failed-precondition",
      message: /slot 1 has not been reset/,
    };
    await assert.rejects(env.step(actionsFor(env, [0, 1], 0), { slots: [0, 1] }), refusal);
    const batch = await env.step(actionsFor(env, [0], 0), { slots: [0] });
    assert.deepEqual([...batch.stepNumbers], [1]);
  });

  test("a closed environment refuses every call, and may be closed again", async (t) => {
    const env = await open(t, suite);
    await env.reset();
    await env.close();
    const calls: [string, () => Promise<unknown>][] = [
      ["reset", () => env.reset()],
      ["step", () => env.step(actionsFor(env, allSlots(env), 0))],
      ["render", () => env.render(0)],
      ["snapshot", () => env.snapshot([0])],
      ["restore", () => env.restore([])],
      ["copy", () => env.copy(0, [1])],
    ];
    for (const [name, call] of calls) {
      await assert.rejects(call(), { name: "DomainError", code: "failed-precondition" }, name);
    }
    await env.close();
  });
}
