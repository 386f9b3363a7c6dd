import { connect, createClient, serve, startServer } from "@worldmodels/grpc-kit";
import { ControllerFeatures, RolloutServiceService } from "@worldmodels/proto/rollout";
import type { EpisodeTask, EvaluateRequest, EvaluateResponse } from "@worldmodels/proto/rollout";
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { createEvaluateHandler } from "./evaluate-handler.js";
import { makeTestModels } from "./test-models.test-helper.js";

const folder = await mkdtemp(join(tmpdir(), "evaluate-"));
const { store, vae, mdnRnn } = await makeTestModels(folder);
const handler = createEvaluateHandler({ store, workers: 1, maxPools: 1, maxWaiting: 1 });
const unused = () => Promise.reject(new Error("only Evaluate is served here"));
const bugs: unknown[] = [];
const server = await startServer({
  listen: { type: "unix", path: join(folder, "socket") },
  services: [
    serve(RolloutServiceService, { evaluate: handler.evaluate, collect: unused, scoreController: unused }),
  ],
  onBug: (_, error) => bugs.push(error),
});
const connection = connect(server.address);
const client = createClient(RolloutServiceService, connection);
after(async () => {
  connection.close();
  await server.stop({ graceMs: 5000 });
  handler.close();
  await rm(folder, { recursive: true });
  assert.deepEqual(bugs, []);
});

const task: EpisodeTask = { index: 0, seed: 1n, controller: 0, policySeed: 0n };
const policy: EvaluateRequest = {
  env: "CarRacing-v3?max_episode_steps=5",
  driver: { $case: "policy", value: { kind: "uniform" } },
  controllers: [],
  tasks: [task],
  slots: 2,
  earlyStops: [],
};
const shape = { features: ControllerFeatures.CONTROLLER_FEATURES_ZH, hidden: 0, withoutBias: false };
/** 4 latents and 6 hidden units to 3 actions, with biases. */
const PARAMETERS = (4 + 6) * 3 + 3;
const zeros = new Uint8Array(8 * PARAMETERS);
const agent: EvaluateRequest = {
  ...policy,
  driver: { $case: "agent", value: { vae, mdnRnn, controller: shape } },
  controllers: [zeros],
};

async function evaluate(request: EvaluateRequest, signal?: AbortSignal): Promise<EvaluateResponse[]> {
  const responses: EvaluateResponse[] = [];
  for await (const response of client.evaluate(request, { signal })) responses.push(response);
  return responses;
}

function withAgent(change: object): EvaluateRequest {
  return { ...agent, driver: { $case: "agent", value: { vae, mdnRnn, controller: shape, ...change } } };
}

const absent = "0".repeat(64);
const stop = { patience: 3, idleReward: -0.1, failureReward: -100 };
const bad: readonly (readonly [name: string, request: EvaluateRequest, code: string, message: RegExp])[] = [
  ["an unknown environment", { ...policy, env: "Car" }, "not-found", /there is no environment "Car"/],
  [
    "a setting that the environment does not have",
    { ...policy, env: "CarRacing-v3?speed=3" },
    "invalid-argument",
    /speed/,
  ],
  ["an empty environment", { ...policy, env: "" }, "invalid-argument", /./],
  ["no driver", { ...policy, driver: undefined }, "invalid-argument", /driver is missing/],
  [
    "an unknown policy",
    { ...policy, driver: { $case: "policy", value: { kind: "lazy" } } },
    "invalid-argument",
    /policy.kind = "lazy" is none of cauchy, brownian, held, uniform/,
  ],
  [
    "no tasks",
    { ...policy, tasks: [] },
    "invalid-argument",
    /tasks has 0 episodes; a call plays 1 to 100000/,
  ],
  [
    "too many tasks",
    { ...policy, tasks: Array.from({ length: 100_001 }, (_, index) => ({ ...task, index })) },
    "invalid-argument",
    /tasks has 100001 episodes/,
  ],
  [
    "two tasks of one index",
    { ...policy, tasks: [task, task] },
    "invalid-argument",
    /tasks\[1\]\.index = 0 is another task's/,
  ],
  ["too many slots", { ...policy, slots: 257 }, "invalid-argument", /slots = 257 is above 256/],
  [
    "controllers for a policy",
    { ...policy, controllers: [zeros] },
    "invalid-argument",
    /controllers has 1 entries, and a policy takes none/,
  ],
  [
    "an early stop that is not there",
    { ...policy, tasks: [{ ...task, earlyStop: 0 }] },
    "invalid-argument",
    /tasks\[0\]\.early_stop = 0, and early_stops has 0 entries/,
  ],
  [
    "an early stop without patience",
    { ...policy, earlyStops: [{ ...stop, patience: 0 }] },
    "invalid-argument",
    /early_stops\[0\]\.patience = 0 must be 1 or more/,
  ],
  [
    "an early stop of no number",
    { ...policy, earlyStops: [{ ...stop, idleReward: NaN }] },
    "invalid-argument",
    /early_stops\[0\]\.idle_reward = NaN/,
  ],
  ["an agent without V", withAgent({ vae: undefined }), "invalid-argument", /agent\.vae is missing/],
  ["an agent without M", withAgent({ mdnRnn: undefined }), "invalid-argument", /agent\.mdn_rnn is missing/],
  [
    "an agent without a shape",
    withAgent({ controller: undefined }),
    "invalid-argument",
    /agent\.controller is missing/,
  ],
  [
    "a shape without features",
    withAgent({ controller: { ...shape, features: 0 } }),
    "invalid-argument",
    /agent\.controller\.features = 0 is none of Z, ZH, ZCH/,
  ],
  [
    "an M in V's place",
    withAgent({ vae: mdnRnn }),
    "invalid-argument",
    /agent\.vae\.kind = "mdn-rnn", where "vae" is needed/,
  ],
  [
    "a short digest",
    withAgent({ vae: { kind: "vae", digest: "abcd" } }),
    "invalid-argument",
    /agent\.vae\.digest = "abcd" is not 64/,
  ],
  [
    "a V that is not in the store",
    withAgent({ vae: { kind: "vae", digest: absent } }),
    "not-found",
    /there is no artifact vae-000000000000/,
  ],
  [
    "an M that is not in the store",
    withAgent({ mdnRnn: { kind: "mdn-rnn", digest: absent } }),
    "not-found",
    /there is no artifact mdn-rnn-000000000000/,
  ],
  [
    "a controller that is not there",
    { ...agent, tasks: [{ ...task, controller: 1 }] },
    "invalid-argument",
    /tasks\[0\]\.controller = 1, and controllers has 1 entries/,
  ],
  [
    "a controller of another size",
    { ...agent, controllers: [zeros.subarray(8)] },
    "invalid-argument",
    /controllers\[0\] has 256 bytes, .* 33 float64 numbers: 264 bytes/,
  ],
  [
    "a controller that is not finite",
    { ...agent, controllers: [new Uint8Array(new Float64Array(PARAMETERS).fill(NaN, 7, 8).buffer)] },
    "invalid-argument",
    /controllers\[0\]\[7\] = NaN is not a finite number/,
  ],
];
for (const [name, request, code, message] of bad) {
  test(`${name} is refused before anything is played`, async () => {
    await assert.rejects(evaluate(request), { code, message });
  });
}

test("every task is answered once, under its index", async () => {
  const tasks = [7, 3, 4_000_000_000].map((index) => ({ ...task, index }));
  const responses = await evaluate({ ...policy, tasks });
  assert.deepEqual(
    responses.map(({ index }) => index).sort((a, b) => a - b),
    [3, 7, 4_000_000_000],
  );
  assert.deepEqual(new Set(responses.map(({ length }) => length)), new Set([5]));
});

test("what only the environment can say is wrong is told as it says it", async () => {
  const request = {
    ...policy,
    env: "CarRacing-v3?max_episode_steps=0",
    earlyStops: [stop],
    tasks: [{ ...task, earlyStop: 0 }],
  };
  await assert.rejects(evaluate(request), { code: "invalid-argument" });
});

test("a second call on a setup waits for the first, a third is refused, and a caller that goes makes room", async () => {
  const endless = {
    ...policy,
    env: "CarRacing-v3?max_episode_steps=200",
    tasks: Array.from({ length: 100_000 }, (_, index) => ({ ...task, index })),
  };
  const abort = new AbortController();
  const first = client.evaluate(endless, { signal: abort.signal })[Symbol.asyncIterator]();
  await first.next();
  const both = [evaluate(policy), evaluate(policy)];
  const [refused, answered] = await Promise.race(
    both.map((call, i) => call.then(() => [i, i] as const).catch(() => [i, 1 - i] as const)),
  );
  await assert.rejects(both[refused]!, {
    code: "resource-exhausted",
    message: "1 evaluations are running and 1 of at most 1 are waiting; ask again later",
  });
  abort.abort(new Error("seen enough"));
  await assert.rejects(async () => {
    while ((await first.next()).done !== true);
  }, /seen enough/);
  assert.equal((await both[answered]!).length, 1);
});
