import { carRacingEarlyStop, controllerShape } from "@worldmodels/agent";
import type { ControllerFeatures } from "@worldmodels/agent";
import { artifactName, createArtifactStore } from "@worldmodels/artifacts";
import { saveDream, saveDreamStarts } from "@worldmodels/environments";
import { createRng } from "@worldmodels/rng";
import { createRolloutPool } from "@worldmodels/rollout-pool";
import type { RolloutResult, RolloutSetup, RolloutTask } from "@worldmodels/rollout-pool";
import assert from "node:assert/strict";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { createRemoteRolloutPool } from "./remote-rollout-pool.js";
import type { RemoteRolloutOptions } from "./remote-rollout-pool.js";
import { startServiceProcess } from "./service-process.test-helper.js";
import { makeTestModels } from "./test-models.test-helper.js";

const folder = await mkdtemp(join(tmpdir(), "rollout-grpc-"));
const models = await makeTestModels(folder);
const socket = (name: string) => join(folder, `${name}.sock`);
const services = [
  await startServiceProcess(socket("one"), models.store.root),
  await startServiceProcess(socket("two"), models.store.root),
];
after(async () => {
  for (const service of services) await service.kill();
  await rm(folder, { recursive: true });
});
const [one, two] = services.map(({ address }) => address) as [string, string];

const policySetup: RolloutSetup = {
  env: "CarRacing-v3?max_episode_steps=20",
  slots: 2,
  driver: { type: "policy", kind: "uniform" },
};
const policyTasks: RolloutTask[] = Array.from({ length: 24 }, (_, index) => ({
  index,
  seed: BigInt(100 + index),
  policySeed: BigInt(index),
}));

function agentSetup(features: ControllerFeatures): RolloutSetup {
  const shape = controllerShape({ features, latentDim: 4, hiddenDim: 6, actionSize: 3, hidden: 2 });
  const { vae, mdnRnn, store } = models;
  const driver = { type: "agent", store: store.root, vae, mdnRnn, controller: shape } as const;
  return { env: "CarRacing-v3?max_episode_steps=12", slots: 3, driver };
}

/** Two controllers on two tracks, each once for fitness and once to its end. */
function agentTasks({ driver }: RolloutSetup): RolloutTask[] {
  assert.ok(driver.type === "agent");
  const rng = createRng(9);
  const controllers = [0, 1].map(() =>
    rng.fillStandardNormal(new Float64Array(driver.controller.parameterCount)),
  );
  const early = { ...carRacingEarlyStop, patience: 4 };
  return controllers.flatMap((controller) =>
    [7n, 8n].flatMap((seed) => [
      { index: 0, seed, controller, earlyStop: early },
      { index: 1, seed, controller },
    ]),
  );
}

async function playLocally(setup: RolloutSetup, tasks: readonly RolloutTask[]): Promise<RolloutResult[]> {
  const pool = createRolloutPool(setup, { workers: 1 });
  try {
    return await pool.run(tasks);
  } finally {
    pool.close();
  }
}

async function playRemotely(
  setup: RolloutSetup,
  tasks: readonly RolloutTask[],
  options: RemoteRolloutOptions,
  onResult?: (place: number) => void,
): Promise<RolloutResult[]> {
  const pool = createRemoteRolloutPool(setup, options);
  try {
    return await pool.run(tasks, onResult && { onResult });
  } finally {
    pool.close();
  }
}

const expected = await playLocally(policySetup, policyTasks);

for (const [name, addresses] of [
  ["one service gives", [one]],
  ["two services give", [one, two]],
  ["a service that is there and one that never was give", [one, `unix:${socket("never")}`]],
] as const) {
  test(`${name} the local pool's results of a random policy, byte for byte`, async () => {
    assert.deepEqual(await playRemotely(policySetup, policyTasks, { addresses }), expected);
  });
}

for (const features of ["z", "zh", "zch"] as const) {
  test(`services give the local pool's results of an agent that sees ${features}, with and without early stop`, async () => {
    const setup = agentSetup(features);
    const tasks = agentTasks(setup);
    const local = await playLocally(setup, tasks);
    assert.deepEqual(await playRemotely(setup, tasks, { addresses: [one, two] }), local);
    assert.equal(new Set(local.map(({ ending }) => ending)).size, 2, "some are given up, some are not");
  });
}

/** The same agent in a dream of the test models that is an artifact of their store. */
async function dreamSetup(): Promise<RolloutSetup> {
  const { vae, mdnRnn, store } = models;
  const starts = await saveDreamStarts(store, {
    latentDim: 4,
    latents: { mean: new Float32Array(8).map((_, i) => i / 8), logVariance: new Float32Array(8).fill(-2) },
    action: { type: "BOX", size: 3, low: [-1, 0, 0], high: [1, 1, 1], names: ["steer", "gas", "brake"] },
    tickSeconds: 0.02,
    rewardRange: [-Infinity, Infinity],
    maxEpisodeSteps: 1000,
  });
  const dream = await saveDream(store, { vae, mdnRnn, starts });
  const query = "reward=one&terminated=never&max_episode_steps=12";
  const env = `dream:${encodeURIComponent(join(store.root, artifactName(dream)))}?${query}`;
  return { ...agentSetup("zh"), env };
}

for (const [what, makeSetup] of [
  ["an agent", () => Promise.resolve(agentSetup("zh"))],
  ["an agent in a dream of the caller's store", dreamSetup],
] as const) {
  test(`a service that shares no store is sent the models of ${what}, and again when it has lost its disk`, async () => {
    const setup = await makeSetup();
    const tasks = agentTasks(setup);
    const local = await playLocally(setup, tasks);
    const own = await mkdtemp(join(folder, "own-"));
    const address = join(own, "s");
    let service = await startServiceProcess(address, join(own, "store"));
    const pool = createRemoteRolloutPool(setup, { addresses: [service.address] });
    try {
      assert.deepEqual(await pool.run(tasks), local);
      const store = createArtifactStore(join(own, "store"));
      const had = await readdir(store.root);
      await service.kill();
      await rm(store.root, { recursive: true });
      service = await startServiceProcess(address, store.root);
      assert.deepEqual(await pool.run(tasks), local);
      assert.deepEqual(await readdir(store.root), had);
    } finally {
      pool.close();
      await service.kill();
    }
  });
}

test("a dream that a service has not in its store is NOT_FOUND", async () => {
  const setup = { ...policySetup, env: "dream:dream-0123456789ab" };
  await assert.rejects(playRemotely(setup, policyTasks, { addresses: [one] }), {
    code: "not-found",
    message: /there is no dream-0123456789ab in this service's store/,
  });
});

test("a pool plays list after list and says what came as it comes", async () => {
  const pool = createRemoteRolloutPool(policySetup, { addresses: [one, two] });
  for (const from of [0, 10]) {
    const seen = new Map<number, RolloutResult>();
    let steps = 0;
    const results = await pool.run(policyTasks.slice(from), {
      onResult: (place, result) => seen.set(place, result),
      onSteps: (count) => (steps += count),
    });
    assert.deepEqual(results, expected.slice(from));
    assert.deepEqual(
      results,
      results.map((_, place) => seen.get(place)),
    );
    assert.equal(
      steps,
      results.reduce((sum, { length }) => sum + length, 0),
    );
  }
  assert.deepEqual(await pool.run([]), []);
  pool.close();
});

/** Episodes long enough for a process to be killed while it plays them. */
const longSetup: RolloutSetup = { ...policySetup, env: "CarRacing-v3?max_episode_steps=300" };
const longExpected = await playLocally(longSetup, policyTasks);

test("a service killed in mid-run costs nothing but time, and is named", async () => {
  const victim = await startServiceProcess(socket("victim"), models.store.root);
  const deaths: string[] = [];
  let killed: Promise<void> | undefined;
  const results = await playRemotely(
    longSetup,
    policyTasks,
    { addresses: [victim.address, one], onDeath: (sentence) => deaths.push(sentence) },
    () => {
      killed ??= victim.kill();
    },
  );
  await killed;
  assert.deepEqual(results, longExpected);
  assert.match(deaths[0] ?? "", /victim\.sock was lost .*; its \d+ unfinished episodes are played again/);
});

test("a run waits for its only service to be started again", async () => {
  const first = await startServiceProcess(socket("phoenix"), models.store.root);
  let second: Promise<{ kill(): Promise<void> }> | undefined;
  const restart = async () => {
    await first.kill();
    return startServiceProcess(socket("phoenix"), models.store.root);
  };
  const results = await playRemotely(longSetup, policyTasks, { addresses: [first.address] }, () => {
    second ??= restart();
  });
  assert.deepEqual(results, longExpected);
  await (await second)?.kill();
});

test("a run is given up where nobody answers for as long as its patience", async () => {
  const addresses = [`unix:${socket("nobody")}`];
  await assert.rejects(playRemotely(policySetup, policyTasks, { addresses, patienceMs: 300 }), {
    code: "unavailable",
    message: /^no rollout service \(unix:.*nobody\.sock\) has played anything for \d+ s: .*cannot be reached/,
  });
});

test("a name leads to several services, those that come while a run is on included, and forgets who is gone", async () => {
  const first = await startServiceProcess("127.0.0.1:0", models.store.root);
  const port = first.address.split(":")[1];
  const hosts = ["127.0.0.1"];
  const deaths: string[] = [];
  const pool = createRemoteRolloutPool(longSetup, {
    addresses: [`dns:///rollouts.test:${port}`],
    lookUp: (host) => Promise.resolve(host === "rollouts.test" ? hosts : []),
    onDeath: (sentence) => deaths.push(sentence),
  });
  const second = await startServiceProcess(`127.0.0.2:${port}`, models.store.root);
  let replaced: Promise<void> | undefined;
  try {
    const results = await pool.run(policyTasks, {
      onResult: () => {
        hosts[0] = "127.0.0.2";
        replaced ??= first.kill();
      },
    });
    await replaced;
    assert.deepEqual(results, longExpected);
    assert.match(deaths.join("\n"), new RegExp(`^the rollout service at 127\\.0\\.0\\.1:${port} was lost`));
    deaths.length = 0;
    assert.deepEqual(await pool.run(policyTasks), longExpected);
    assert.deepEqual(deaths, [], "who is gone is not asked again");
  } finally {
    pool.close();
    await second.kill();
  }
});

test("a name that leads nowhere is told when patience ends", async () => {
  const options = {
    addresses: ["dns:///nowhere.invalid:50055"],
    patienceMs: 300,
    lookUp: () => Promise.reject(new Error("no such host")),
  };
  await assert.rejects(playRemotely(policySetup, policyTasks, options), {
    code: "unavailable",
    message: /^no rollout service \(dns:\/\/\/nowhere\.invalid:50055\) has played anything for \d+ s/,
  });
});

test("what a service says is wrong is thrown at once", async () => {
  const setup = { ...policySetup, env: "CarRacing-v33" };
  await assert.rejects(playRemotely(setup, policyTasks, { addresses: [one, two] }), {
    code: "not-found",
    message: /there is no environment "CarRacing-v33"/,
  });
});

test("an aborted run throws the reason, and the pool plays on afterwards", async () => {
  const pool = createRemoteRolloutPool(policySetup, { addresses: [one, two] });
  const abort = new AbortController();
  const running = pool.run(policyTasks, {
    signal: abort.signal,
    onResult: () => {
      abort.abort(new Error("enough"));
    },
  });
  await assert.rejects(running, /enough/);
  assert.deepEqual(await pool.run(policyTasks), expected);
  pool.close();
  await assert.rejects(pool.run(policyTasks), { code: "failed-precondition" });
});

test("a setup that records is refused", () => {
  const setup = { ...policySetup, record: { folder: "x", layout: {} as never } };
  assert.throws(
    () => createRemoteRolloutPool(setup, { addresses: [one] }),
    /recorded by the rollout service/,
  );
});
