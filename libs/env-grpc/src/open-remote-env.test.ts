import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, parseAddress, serve, startServer } from "@worldmodels/grpc-kit";
import { EnvServiceService } from "@worldmodels/proto/env";
import { openRemoteEnv } from "./open-remote-env.js";
import { listEnvs } from "./raw-session.test-helper.js";
import { countingService } from "./test-service.test-helper.js";

const envId = "Counting-v1";

test("many calls at once are answered in their order, never more in flight than the server allows", async (t) => {
  const { address } = await countingService(t, { engine: { async: true }, limits: { maxInFlight: 2 } });
  const env = await openRemoteEnv(address, { envId, numEnvs: 2 });
  t.after(() => env.close());
  const actions = new Float32Array(4);
  const order: string[] = [];
  const calls = [
    env.reset({ seeds: 3n }).then(() => order.push("reset")),
    ...Array.from({ length: 20 }, () => {
      const call = env.step(actions, { observations: ["count"] });
      // What is sent is what the actions were at the call.
      actions.fill(NaN);
      actions.fill(0);
      return call.then(({ stepNumbers }) => order.push(String(stepNumbers[1])));
    }),
    env.snapshot([0]).then(() => order.push("snapshot")),
  ];
  await Promise.all(calls);
  assert.deepEqual(order, ["reset", ...Array.from({ length: 20 }, (_, i) => String(i + 1)), "snapshot"]);
});

test("a batch stays as it is, whatever is called after it", async (t) => {
  const { address } = await countingService(t);
  const env = await openRemoteEnv(address, { envId, observations: "all" });
  t.after(() => env.close());
  const first = await env.reset({ seeds: 9n });
  const seen = structuredClone(first.observations);
  for (let i = 0; i < 3; i++) await env.step(new Float32Array(2));
  assert.deepEqual(first.observations, seen);
  assert.deepEqual([...(first.observations["count"] ?? [])], [0, 9, 1, 0]);
});

test("all observations are asked for by name once the service has said them", async (t) => {
  const { address } = await countingService(t);
  const env = await openRemoteEnv(address, { envId, observations: "all", numEnvs: 2 });
  assert.deepEqual(env.observationNames, ["count", "action", "z", "wm64"]);
  await env.close();
  assert.equal((await listEnvs(address)).freeSlots, 64);
});

test("seeds may be given for some slots only", async (t) => {
  const { address } = await countingService(t);
  const env = await openRemoteEnv(address, { envId, numEnvs: 3, seeds: [10n, undefined, 12n] });
  t.after(() => env.close());
  const { observations } = await env.reset({ seeds: [undefined, 5n, undefined] });
  const seeds = [1, 5, 9].map((at) => observations["count"]?.[at]);
  assert.deepEqual(seeds, [10, 5, 12]);
});

const refusals: [object, string, RegExp][] = [
  [{ numEnvs: 0 }, "invalid-argument", /Counting-v1: numEnvs = 0 is not a whole number from 1 to/],
  [{ numEnvs: 1.5 }, "invalid-argument", /numEnvs = 1\.5/],
  [{ numEnvs: 65 }, "resource-exhausted", /no room for 65 slots: 64 of this server's 64 slots are free/],
  [{ seeds: [-1n] }, "invalid-argument", /seeds\[0\] = -1 is outside 0 to 2\^64 - 1/],
  [{ envId: "Pong" }, "not-found", /^there is no environment "Pong"$/],
  [{ settings: { max_episode_steps: -3 } }, "invalid-argument", /max_episode_steps = "-3" is out of range/],
  [{ observations: ["x"] }, "invalid-argument", /observation "x" is not among those chosen/],
];
for (const [options, code, message] of refusals) {
  test(`opening with ${JSON.stringify(options, (_, v: unknown) => (typeof v === "bigint" ? String(v) : v))} is refused with a sentence`, async (t) => {
    const { address } = await countingService(t);
    await assert.rejects(openRemoteEnv(address, { envId, ...options }), {
      name: "DomainError",
      code,
      message,
    });
    assert.equal((await listEnvs(address)).freeSlots, 64);
  });
}

test("a service that is not there is named, with what to do", async () => {
  await assert.rejects(openRemoteEnv("unix:/no/such/socket", { envId }), {
    code: "unavailable",
    message: /the service at unix:\/no\/such\/socket.*open the environment again when the service is there/,
  });
});

test("a connection that breaks ends every call, those under way and all later ones, with the same error", async (t) => {
  const { address, server } = await countingService(t, { engine: { async: true } });
  const env = await openRemoteEnv(address, { envId });
  await env.reset();
  await server.stop({ graceMs: 2000 });
  const errors: unknown[] = [];
  for (const call of [() => env.step(new Float32Array(2)), () => env.reset(), () => env.render(0)]) {
    await call().catch((error: unknown) => errors.push(error));
  }
  const [first] = errors;
  assert.ok(first instanceof Error);
  assert.deepEqual(errors, [first, first, first]);
  assert.equal((first as { code?: string }).code, "unavailable");
  assert.ok(first.message.includes(address));
  assert.match(first.message, /its episodes are gone: open the environment again/);
  await env.close();
});

test("several environments may share a connection, which stays open when they close", async (t) => {
  const { address } = await countingService(t);
  const connection = connect(address);
  t.after(() => {
    connection.close();
  });
  for (let i = 0; i < 2; i++) {
    const [a, b] = await Promise.all([
      openRemoteEnv(connection, { envId, seeds: 1n }),
      openRemoteEnv(connection, { envId, seeds: 2n }),
    ]);
    assert.equal((await a.reset()).observations["count"]?.[1], 1);
    assert.equal((await b.reset()).observations["count"]?.[1], 2);
    await Promise.all([a.close(), b.close()]);
  }
});

test("close waits for the calls that are under way", async (t) => {
  const { address } = await countingService(t, { engine: { async: true } });
  const env = await openRemoteEnv(address, { envId });
  await env.reset();
  const running = env.step(new Float32Array(2));
  const closing = env.close();
  assert.deepEqual([...(await running).stepNumbers], [1]);
  await closing;
  assert.equal((await listEnvs(address)).freeSlots, 64);
});

test("a service that answers against the contract is told of in a sentence", async (t) => {
  const service = serve(EnvServiceService, {
    listEnvs: () => Promise.reject(new Error("not asked")),
    interact: async function* (requests) {
      for await (const _ of requests) yield { response: { $case: "restored", value: {} } };
    },
  });
  const server = await startServer({
    listen: parseAddress("127.0.0.1:0", "listen"),
    services: [service],
    onBug: () => undefined,
  });
  t.after(() => server.stop({ graceMs: 1000 }));
  await assert.rejects(openRemoteEnv(server.address, { envId }), {
    code: "failed-precondition",
    message:
      /breaks the contract of EnvService: its answer is restored, not opened; use a service and a client of one/,
  });
});
