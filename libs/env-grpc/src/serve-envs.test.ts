import assert from "node:assert/strict";
import { test } from "node:test";
import { SlotStatus } from "@worldmodels/env";
import type { VectorEnv } from "@worldmodels/env";
import { AutoresetMode, FaultPolicy } from "@worldmodels/proto/env";
import { unreadSession } from "./http2-session.test-helper.js";
import { gate, listEnvs, openCounting, rawSession, reset, step } from "./raw-session.test-helper.js";
import { countingService } from "./test-service.test-helper.js";

/** An environment whose steps wait; the first of them says that it has begun. */
function heldSteps() {
  const begun = gate();
  const release = gate();
  const closed = gate();
  const wrap = (env: VectorEnv): VectorEnv => ({
    ...env,
    spec: env.spec,
    numEnvs: env.numEnvs,
    autoreset: env.autoreset,
    observationNames: env.observationNames,
    reset: (options) => env.reset(options),
    render: (slot, size) => env.render(slot, size),
    snapshot: (slots) => env.snapshot(slots),
    restore: (entries) => env.restore(entries),
    copy: (from, to) => env.copy(from, to),
    step: async (actions, options) => {
      begun.open();
      await release.opened;
      return env.step(actions, options);
    },
    close: async () => {
      await env.close();
      closed.open();
    },
  });
  return { begun: begun.opened, release: release.open, closed: closed.opened, wrap };
}

test("requests sent before earlier ones are answered are answered in their order", async (t) => {
  const { address } = await countingService(t, { engine: { async: true } });
  const session = rawSession(address);
  t.after(session.close);
  await session.send(openCounting({ numEnvs: 2 }));
  await session.send(reset());
  for (let i = 0; i < 5; i++) await session.send(step(2));
  await session.send({ $case: "snapshot", value: { slots: [1] } });
  const cases = [];
  const steps = [];
  for (let i = 0; i < 8; i++) {
    const response = await session.next();
    cases.push(response?.$case);
    if (response?.$case === "batch") steps.push(response.value.stepNumbers[0]);
  }
  assert.deepEqual(cases, ["opened", ...new Array<string>(6).fill("batch"), "snapshots"]);
  assert.deepEqual(steps, [0, 1, 2, 3, 4, 5]);
});

test("an error of one request is in its response, and the requests around it do what they would have done", async (t) => {
  const { address, bugs } = await countingService(t);
  const session = rawSession(address);
  t.after(session.close);
  const bad = Buffer.from(Float32Array.of(0, 0, 0, NaN).buffer);
  for (const request of [
    openCounting({ numEnvs: 2 }),
    reset(),
    step(2),
    step(2, { actions: bad }),
    step(2),
  ]) {
    await session.send(request);
  }
  for (let i = 0; i < 3; i++) await session.next();
  const refused = await session.next();
  assert.deepEqual(refused, {
    $case: "error",
    value: {
      code: 3,
      message: "step: action[1] of slot 1 = NaN (a1) is not a finite number; no slot has moved",
      reason: "invalid-argument",
    },
  });
  const after = await session.next();
  assert.ok(after?.$case === "batch");
  assert.deepEqual(after.value.stepNumbers, [2, 2]);
  assert.deepEqual(bugs, []);
});

test("capacity is announced, and what goes beyond it is refused with how much is free and how much there is", async (t) => {
  const { address } = await countingService(t, { limits: { maxSlots: 10, maxSessions: 2 } });
  const first = rawSession(address);
  t.after(first.close);
  await first.send(openCounting({ numEnvs: 7 }));
  assert.equal((await first.next())?.$case, "opened");
  const { envs, ...room } = await listEnvs(address);
  assert.deepEqual(room, { maxSlots: 10, freeSlots: 3, maxSessions: 2, freeSessions: 1 });
  assert.deepEqual(envs, [
    {
      envId: "Counting-v1",
      summary: "Counts",
      settings: [
        {
          name: "max_episode_steps",
          description: "integer, 0 or more, default 0",
          summary: "0 for no limit",
        },
      ],
    },
  ]);
  for (const numEnvs of [4, 2 ** 32 - 1]) {
    const second = rawSession(address);
    await second.send(openCounting({ numEnvs }));
    await assert.rejects(second.next(), {
      code: "resource-exhausted",
      message: new RegExp(`no room for ${numEnvs} slots: 3 of this server's 10 slots are free`),
    });
    second.close();
  }
  const third = rawSession(address);
  const fourth = rawSession(address);
  await third.send(openCounting());
  assert.equal((await third.next())?.$case, "opened");
  await fourth.send(openCounting());
  await assert.rejects(fourth.next(), {
    code: "resource-exhausted",
    message: /no room for a session: 0 of this server's 2 sessions are free/,
  });
  // A session that ends in order is freed before its stream ends.
  third.call.end();
  assert.equal(await third.next(), undefined);
  assert.equal((await listEnvs(address)).freeSlots, 3);
  for (const { close } of [third, fourth]) close();
});

test("a reader who does not read makes the server wait, while other sessions go on", async (t) => {
  let steps = 0;
  const stepped = gate();
  const engine = {
    faultAt: () => {
      steps++;
      stepped.open();
      return false;
    },
  };
  const numEnvs = 50;
  const { address } = await countingService(t, { engine });
  const slow = unreadSession(address);
  t.after(slow.close);
  slow.send(openCounting({ numEnvs, observations: { names: ["wm64"] } }));
  slow.send(reset({ observations: { names: [] } }));
  // Each reply has 600 kB and is more than the reader's window.
  for (let i = 0; i < 4; i++) slow.send(step(numEnvs));
  await stepped.opened;
  const other = rawSession(address);
  t.after(other.close);
  await other.send(openCounting({ numEnvs: 2 }));
  await other.send(reset());
  await other.next();
  await other.next();
  for (let i = 1; i <= 50; i++) {
    await other.send(step(2));
    const reply = await other.next();
    assert.ok(reply?.$case === "batch");
    assert.equal(reply.value.stepNumbers[0], i);
  }
  assert.equal(steps - 50 * 2, numEnvs, "the slow reader's second step has begun");
  const replies = await slow.read(6);
  for (const [i, reply] of replies.slice(2).entries()) {
    assert.ok(reply?.$case === "batch");
    assert.equal(reply.value.stepNumbers[0], i + 1);
    assert.equal(reply.value.observations["wm64"]?.data.length, numEnvs * 12288);
  }
});

test("more requests in flight than announced end the stream", async (t) => {
  const { begun, release, closed, wrap } = heldSteps();
  const { address } = await countingService(t, { wrap, limits: { maxInFlight: 3 } });
  const session = rawSession(address);
  t.after(session.close);
  await session.send(openCounting());
  const opened = await session.next();
  assert.ok(opened?.$case === "opened");
  assert.equal(opened.value.maxInFlight, 3);
  await session.send(reset());
  await session.next();
  for (let i = 0; i < 4; i++) await session.send(step(1));
  await begun;
  await assert.rejects(session.next(), {
    code: "resource-exhausted",
    message: /more than 3 requests are without an answer/,
  });
  release();
  await closed;
});

for (const [what, requests, sentence] of [
  ["a first request that does not open", [reset()], /the first request must be open/],
  ["a second open", [openCounting(), openCounting()], /is open already; open another stream/],
] as const) {
  test(`${what} ends the stream with FAILED_PRECONDITION`, async (t) => {
    const { address } = await countingService(t);
    const session = rawSession(address);
    t.after(session.close);
    for (const request of requests) await session.send(request);
    for (let i = 1; i < requests.length; i++) await session.next();
    await assert.rejects(session.next(), { code: "failed-precondition", message: sentence });
  });
}

const refusedOpens: [string, object, number, RegExp][] = [
  ["an unknown environment", { envId: "Pong" }, 5, /there is no environment "Pong"/],
  ["no environment", { envId: "" }, 3, /env_id is empty/],
  ["an unknown setting", { settings: { max_steps: "3" } }, 3, /there is no setting "max_steps"/],
  ["a setting that is no number", { settings: { max_episode_steps: "many" } }, 3, /"many" is not a number/],
  ["an unknown observation", { observations: { names: ["x"] } }, 3, /"x" is not among those chosen/],
  ["an autoreset mode of tomorrow", { autoreset: 9 }, 3, /autoreset = 9 is none of 1 \(DISABLED\), 2 /],
  [
    "too few seeds",
    { numEnvs: 2, seeds: { seeds: { $case: "each", value: { seeds: [1n] } } } },
    3,
    /1 seeds for 2/,
  ],
];
for (const [what, open, code, sentence] of refusedOpens) {
  test(`open is refused for ${what}, and another may follow`, async (t) => {
    const { address } = await countingService(t);
    const session = rawSession(address);
    t.after(session.close);
    await session.send(openCounting(open));
    const refused = await session.next();
    assert.ok(refused?.$case === "error");
    assert.equal(refused.value.code, code);
    assert.match(refused.value.message, sentence);
    await session.send(openCounting({ settings: { max_episode_steps: "3" } }));
    const opened = await session.next();
    assert.ok(opened?.$case === "opened");
    assert.equal(opened.value.spec?.maxEpisodeSteps, 3);
    assert.equal((await listEnvs(address)).freeSlots, 63);
  });
}

const badRequests: [string, Parameters<ReturnType<typeof rawSession>["send"]>[0], RegExp][] = [
  ["half a number", step(1, { actions: Buffer.alloc(9) }), /actions has 9 bytes, and float32 numbers have 4/],
  ["no actions", step(0), /0 numbers of action for 1 slots; 2 are needed/],
  [
    "a slot that is not there",
    step(1, { slots: { slots: [4_000_000_000] } }),
    /slots\[0\] = 4000000000 is not a slot/,
  ],
  [
    "an absurd picture",
    { $case: "render", value: { slot: 0, width: 4e9, height: 1 } },
    /width = 4000000000 is not/,
  ],
  [
    "half a size",
    { $case: "render", value: { slot: 0, width: 8, height: 0 } },
    /height = 0 is not a whole number/,
  ],
  [
    "seeds with a wrong mask",
    reset({ seeds: { seeds: { $case: "each", value: { seeds: [1n], seeded: Buffer.alloc(2) } } } }),
    /seeded has 2 bytes for 1 seeds/,
  ],
  ["no snapshots", { $case: "snapshot", value: { slots: [] } }, /slots is empty/],
  [
    "a snapshot of nothing",
    { $case: "restore", value: { entries: [{ slot: 0 }] } },
    /entries\[0\]\.snapshot/,
  ],
];
for (const [what, request, sentence] of badRequests) {
  test(`a request with ${what} is refused with a sentence, and the session goes on`, async (t) => {
    const { address, bugs } = await countingService(t);
    const session = rawSession(address);
    t.after(session.close);
    for (const each of [openCounting(), reset(), request, step(1)]) await session.send(each);
    for (let i = 0; i < 2; i++) await session.next();
    const refused = await session.next();
    assert.ok(refused?.$case === "error");
    assert.deepEqual([refused.value.code, refused.value.reason], [3, "invalid-argument"]);
    assert.match(refused.value.message, sentence);
    const next = await session.next();
    assert.ok(next?.$case === "batch");
    assert.deepEqual(next.value.stepNumbers, [1]);
    assert.deepEqual(bugs, []);
  });
}

test("a client that vanishes in the middle of a step frees its slots when the step is over", async (t) => {
  const { begun, release, closed, wrap } = heldSteps();
  const { address } = await countingService(t, { wrap });
  const session = rawSession(address);
  for (const request of [openCounting({ numEnvs: 5 }), reset(), step(5)]) await session.send(request);
  await begun;
  session.close();
  release();
  await closed;
  assert.equal((await listEnvs(address)).freeSlots, 64);
});

test("a request out of time is told so, and its slots must be reset", async (t) => {
  const { begun, release, wrap } = heldSteps();
  const { address } = await countingService(t, { wrap });
  const session = rawSession(address);
  t.after(session.close);
  const code = async () => {
    const response = await session.next();
    return response?.$case === "error" ? [response.value.code, response.value.message] : [0, response?.$case];
  };
  await session.send(openCounting({ numEnvs: 3 }));
  await session.send(reset());
  await session.send(step(2, { slots: { slots: [0, 2] } }), 20);
  await session.send(reset({ slots: { slots: [1] } }), 20);
  await begun;
  for (const name of ["opened", "batch"]) assert.deepEqual(await code(), [0, name]);
  assert.deepEqual(await code(), [
    4,
    "step: not done after 20 ms; reset or restore what it was moving: slots 0, 2",
  ]);
  assert.match(
    String((await code())[1]),
    /reset: not begun after 20 ms: an earlier request.*nothing has moved/,
  );
  release();
  await session.send(step(1, { slots: { slots: [1] } }));
  assert.deepEqual(
    await code(),
    [0, "batch"],
    "a slot that was not moving goes on, once the late call is over",
  );
  await session.send(step(3));
  assert.match(String((await code())[1]), /step: slot 0 was moving in a request that ran out of time; reset/);
  await session.send(reset({ slots: { slots: [0, 2] } }));
  await session.send(step(3));
  for (let i = 0; i < 2; i++) assert.deepEqual(await code(), [0, "batch"]);
});

test("a session that neither sends nor reads is ended, and its slots are free", async (t) => {
  const closed = gate();
  const { address } = await countingService(t, {
    limits: { idleTimeoutMs: 30 },
    wrap: (env) => Object.assign(Object.create(env) as VectorEnv, { close: async () => closed.open() }),
  });
  const session = rawSession(address);
  t.after(session.close);
  await session.send(openCounting({ numEnvs: 5 }));
  await session.next();
  await assert.rejects(session.next(), {
    code: "deadline-exceeded",
    message: /nothing was sent or read for 0.03 s/,
  });
  await closed.opened;
  assert.equal((await listEnvs(address)).freeSlots, 64);
});

test("a server that stops ends its sessions and frees their environments", async (t) => {
  const closed = gate();
  const { address, server, service } = await countingService(t, {
    wrap: (env) => Object.assign(Object.create(env) as VectorEnv, { close: async () => closed.open() }),
  });
  const session = rawSession(address);
  t.after(session.close);
  await session.send(openCounting());
  await session.next();
  const ended = assert.rejects(session.next(), { code: "unavailable", message: /the service is stopping/ });
  await server.stop({ graceMs: 5000 });
  await ended;
  await service.close();
  await closed.opened;
});

test("replies to reset say the seeds in force, and ended episodes say how long they took", async (t) => {
  let now = 0n;
  const { address } = await countingService(t, {
    engine: { episodeLength: 2 },
    now: () => (now += 500_000_000n),
  });
  const session = rawSession(address);
  t.after(session.close);
  const batch = async () => {
    const response = await session.next();
    assert.ok(response?.$case === "batch");
    return response.value;
  };
  await session.send(openCounting({ numEnvs: 2, seeds: { seeds: { $case: "base", value: 40n } } }));
  await session.next();
  await session.send(
    reset({ seeds: { seeds: { $case: "each", value: { seeds: [7n, 0n], seeded: Buffer.from([1, 0]) } } } }),
  );
  const first = await batch();
  assert.deepEqual([first.seeds, [...first.seeded], first.durationNs], [[7n, 41n], [1, 1], 500_000_000n]);
  for (let i = 0; i < 2; i++) await session.send(step(2));
  await batch();
  const ended = (await batch()).endedEpisodes;
  assert.deepEqual(
    ended.map(({ seed, length, durationSeconds }) => [seed, length, durationSeconds]),
    [
      [7n, 2, 2],
      [41n, 2, 2],
    ],
  );
  await session.send(reset());
  const again = await batch();
  assert.deepEqual(
    [again.seeds, [...again.seeded]],
    [
      [0n, 0n],
      [0, 0],
    ],
  );
});

test("RESPAWN: a slot whose engine dies says FAULTED and shows a new episode's beginning", async (t) => {
  const faults: unknown[] = [];
  const { address } = await countingService(t, {
    engine: { faultAt: (slot, _, episode, at) => slot === 1 && episode === 1 && at === 2 },
    onFault: (envId, slots) => faults.push([envId, slots]),
  });
  const session = rawSession(address);
  t.after(session.close);
  await session.send(openCounting({ numEnvs: 3, faultPolicy: FaultPolicy.FAULT_POLICY_RESPAWN }));
  for (const request of [reset(), step(3), step(3), step(3)]) await session.send(request);
  for (let i = 0; i < 3; i++) await session.next();
  for (const [statuses, steps, episodes] of [
    [
      [SlotStatus.OK, SlotStatus.FAULTED, SlotStatus.OK],
      [2, 0, 2],
      [1, 2, 1],
    ],
    [
      [SlotStatus.OK, SlotStatus.OK, SlotStatus.OK],
      [3, 1, 3],
      [1, 2, 1],
    ],
  ]) {
    const response = await session.next();
    assert.ok(response?.$case === "batch");
    const { value } = response;
    const count = value.observations["count"]?.data ?? Buffer.alloc(0);
    const seen = new Float64Array(Uint8Array.from(count).buffer);
    assert.deepEqual([...value.statuses], statuses);
    assert.deepEqual([value.stepNumbers, value.episodeNumbers], [steps, episodes]);
    assert.deepEqual([seen[3], seen[7], seen[11]], steps);
  }
  assert.deepEqual(faults, [["Counting-v1", [1]]]);
});

test("a bug of an engine is reported here, told of there without its text, and the session goes on", async (t) => {
  let isBroken = true;
  const { address, bugs } = await countingService(t, {
    engine: {
      faultAt: () => {
        if (isBroken) throw new Error("secret");
        return false;
      },
    },
  });
  const session = rawSession(address);
  t.after(session.close);
  for (const request of [openCounting(), reset(), step(1)]) await session.send(request);
  for (let i = 0; i < 2; i++) await session.next();
  const failed = await session.next();
  assert.ok(failed?.$case === "error");
  assert.deepEqual([failed.value.code, failed.value.reason], [13, "bug"]);
  assert.doesNotMatch(failed.value.message, /secret/);
  assert.deepEqual(bugs.map(String), ["Error: secret"]);
  isBroken = false;
  await session.send(step(1));
  const still = await session.next();
  assert.ok(still?.$case === "batch");
  assert.deepEqual([...still.value.statuses], [SlotStatus.FAULTED]);
});

test("final observations have zeros in the rows of episodes that go on", async (t) => {
  const { address } = await countingService(t, {
    engine: { episodeLength: (seed) => (seed === 1n ? 1 : 9) },
  });
  const session = rawSession(address);
  t.after(session.close);
  for (const request of [
    openCounting({ numEnvs: 2, autoreset: AutoresetMode.AUTORESET_MODE_SAME_STEP }),
    reset(),
    step(2),
    step(2, { slots: { slots: [0] }, actions: Buffer.alloc(8) }),
  ]) {
    await session.send(request);
  }
  for (let i = 0; i < 2; i++) await session.next();
  const ended = await session.next();
  assert.ok(ended?.$case === "batch");
  const final = ended.value.finalObservations["count"];
  assert.deepEqual(
    [...new Float64Array(Uint8Array.from(final?.data ?? []).buffer)],
    [0, 0, 0, 0, 0, 1, 1, 1],
  );
  const going = await session.next();
  assert.ok(going?.$case === "batch");
  assert.deepEqual(going.value.finalObservations, {});
});
