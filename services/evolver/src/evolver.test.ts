import { createArtifactStore } from "@worldmodels/artifacts";
import { checkHealth, createClient } from "@worldmodels/grpc-kit";
import { Covariance, EvolverServiceService } from "@worldmodels/proto/evolver";
import type { CreateOptimizerRequest, EvolveRequest } from "@worldmodels/proto/evolver";
import { JobServiceService, JobState } from "@worldmodels/proto/job";
import type { Job } from "@worldmodels/proto/job";
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { serviceStarter } from "@worldmodels/grpc-kit/testing";
import type { ServiceProcess } from "@worldmodels/grpc-kit/testing";
import { ABSENT, saveTinyModels } from "./tiny-models.test-helper.js";

const startServiceProcess = serviceStarter(new URL("./main.ts", import.meta.url));

const root = mkdtempSync(join(tmpdir(), "evolver-"));
const started: ServiceProcess[] = [];
after(async () => {
  for (const each of started) await each.stop("SIGKILL");
  rmSync(root, { recursive: true });
});
const newFolder = () => mkdtempSync(join(root, "t-"));
async function start(folder: string, flags: Readonly<Record<string, string>> = {}): Promise<ServiceProcess> {
  const own = { optimizers: join(folder, "optimizers"), max_optimizers: "3" };
  const process = await startServiceProcess(folder, { ...own, ...flags });
  started.push(process);
  return process;
}
const clientOf = ({ connection }: ServiceProcess) => createClient(EvolverServiceService, connection);

const folder = newFolder();
const models = await saveTinyModels(createArtifactStore(join(folder, "artifacts")));
const service = await start(folder);
const evolver = clientOf(service);
const jobs = createClient(JobServiceService, service.connection);
const IN_TIME = { deadlineMs: 20_000 };

const hill: CreateOptimizerRequest = {
  optimizerId: "hill",
  x0: [2, -1],
  sigma0: 0.5,
  population: 6,
  covariance: Covariance.COVARIANCE_UNSPECIFIED,
  seed: 4n,
  checkpoint: new Uint8Array(),
};
const judge = (candidates: readonly { x: number[] }[]) =>
  candidates.map(({ x }) => -x.reduce((sum, value) => sum + value * value, 0));

test("health answers for both services", async () => {
  for (const name of ["", "worldmodels.evolver.v1.EvolverService", "worldmodels.job.v1.JobService"]) {
    assert.equal(await checkHealth(service.connection, { service: name, ...IN_TIME }), "SERVING", name);
  }
});

test("an optimiser is made, asked, told, looked at, copied and deleted", async () => {
  const made = await evolver.createOptimizer({ ...hill, optimizerId: "" }, IN_TIME);
  const { optimizerId = "", bestFitness, ...rest } = made.optimizer ?? {};
  assert.match(optimizerId, /^[0-9a-f-]{36}$/);
  assert.deepEqual(
    { ...rest, bestFitness },
    {
      ...{ dimensions: 2, population: 6, generation: 0, sigma: 0.5, mean: [2, -1] },
      ...{ bestFitness: undefined, bestCandidate: [], stop: {} },
    },
  );
  const { generation, candidates } = await evolver.ask({ optimizerId }, IN_TIME);
  assert.deepEqual([generation, candidates.length, candidates[0]?.x.length], [1, 6, 2]);
  const fitness = judge(candidates);
  const { optimizer } = await evolver.tell({ optimizerId, generation, fitness }, IN_TIME);
  assert.equal(optimizer?.generation, 1);
  assert.equal(optimizer.bestFitness, Math.max(...fitness));
  assert.deepEqual(optimizer.bestCandidate, candidates[fitness.indexOf(Math.max(...fitness))]?.x);
  const plain = await evolver.getOptimizer({ optimizerId, withCheckpoint: false }, IN_TIME);
  assert.deepEqual(plain, { optimizer, checkpoint: new Uint8Array() });
  const { checkpoint } = await evolver.getOptimizer({ optimizerId, withCheckpoint: true }, IN_TIME);
  const copy = { ...hill, x0: [], sigma0: 0, population: 0, seed: 0n, optimizerId: "copy", checkpoint };
  const copied = await evolver.createOptimizer(copy, IN_TIME);
  assert.deepEqual(copied.optimizer, { ...optimizer, optimizerId: "copy" });
  assert.deepEqual(
    await evolver.ask({ optimizerId: "copy" }, IN_TIME),
    await evolver.ask({ optimizerId }, IN_TIME),
  );
  for (const id of [optimizerId, "copy", "never"])
    await evolver.deleteOptimizer({ optimizerId: id }, IN_TIME);
  await assert.rejects(evolver.ask({ optimizerId }, IN_TIME), { code: "not-found" });
});

test("a checkpoint leaves no room for other beginnings", async () => {
  const both = { ...hill, covariance: Covariance.COVARIANCE_FULL, checkpoint: Buffer.from("x") };
  await assert.rejects(evolver.createOptimizer(both, IN_TIME), {
    code: "invalid-argument",
    message: /brings its own x0, sigma0, population, covariance, seed; leave them out/,
  });
});

const badOptimizers: readonly (readonly [string, Partial<CreateOptimizerRequest>, RegExp])[] = [
  ["an id that leads elsewhere", { optimizerId: "../hill" }, /optimizer_id = "..\/hill" must be/],
  ["one dimension", { x0: [1] }, /x0 has 1 numbers/],
  ["too many dimensions", { x0: Array<number>(10_001).fill(0) }, /2 to 10000 dimensions/],
  ["a full covariance of too many", { x0: Array<number>(1201).fill(0) }, /choose COVARIANCE_DIAGONAL/],
  ["no step size", { sigma0: 0 }, /sigma0/],
  ["too few candidates", { population: 1 }, /population = 1/],
  [
    "an unknown covariance",
    { covariance: Covariance.UNRECOGNIZED },
    /covariance = -1 is neither FULL nor DIAGONAL/,
  ],
  [
    "a damaged checkpoint",
    { x0: [], sigma0: 0, population: 0, seed: 0n, checkpoint: Buffer.from("?") },
    /checkpoint/,
  ],
];
for (const [name, change, message] of badOptimizers) {
  test(`CreateOptimizer refuses ${name}`, async () => {
    await assert.rejects(evolver.createOptimizer({ ...hill, optimizerId: "bad", ...change }, IN_TIME), {
      code: "invalid-argument",
      message,
    });
  });
}

test("beyond its limit the service makes no optimiser", async () => {
  const ids = ["one", "two", "three"];
  for (const optimizerId of ids) await evolver.createOptimizer({ ...hill, optimizerId }, IN_TIME);
  await assert.rejects(evolver.createOptimizer(hill, IN_TIME), {
    code: "resource-exhausted",
    message: /3 optimisers of at most 3/,
  });
  for (const optimizerId of ids) await evolver.deleteOptimizer({ optimizerId }, IN_TIME);
});

test("Tell refuses what nobody asked for, and what is not finite", async () => {
  const optimizerId = "strict";
  await evolver.createOptimizer({ ...hill, optimizerId }, IN_TIME);
  const fitness = [1, 2, 3, 4, 5, 6];
  await assert.rejects(evolver.tell({ optimizerId, generation: 1, fitness }, IN_TIME), {
    code: "failed-precondition",
    message: /nobody has asked for generation 1/,
  });
  await evolver.ask({ optimizerId }, IN_TIME);
  await assert.rejects(evolver.tell({ optimizerId, generation: 2, fitness }, IN_TIME), {
    code: "failed-precondition",
  });
  fitness[3] = NaN;
  await assert.rejects(evolver.tell({ optimizerId, generation: 1, fitness }, IN_TIME), {
    code: "invalid-argument",
    message: /fitness\[3\] = NaN/,
  });
  await evolver.deleteOptimizer({ optimizerId }, IN_TIME);
});

test("optimisers outlive a killed service, in the middle of a generation", async () => {
  const own = newFolder();
  const first = await start(own);
  let client = clientOf(first);
  await client.createOptimizer(hill, IN_TIME);
  const { candidates } = await client.ask({ optimizerId: "hill" }, IN_TIME);
  const fitness = judge(candidates);
  const told = await client.tell({ optimizerId: "hill", generation: 1, fitness }, IN_TIME);
  const asked = await client.ask({ optimizerId: "hill" }, IN_TIME);
  assert.equal(await first.stop("SIGKILL"), "SIGKILL");
  const second = await start(own);
  client = clientOf(second);
  assert.deepEqual(
    (await client.getOptimizer({ optimizerId: "hill", withCheckpoint: false }, IN_TIME)).optimizer,
    told.optimizer,
  );
  assert.deepEqual(await client.tell({ optimizerId: "hill", generation: 1, fitness }, IN_TIME), told);
  const next = await client.tell(
    { optimizerId: "hill", generation: 2, fitness: judge(asked.candidates) },
    IN_TIME,
  );
  assert.equal(next.optimizer?.generation, 2);
  assert.equal(await second.stop("SIGTERM"), 0);
  assert.equal(second.stderr(), "");
  assert.deepEqual(readdirSync(join(own, "optimizers")).sort(), ["hill.asked", "hill.optimizer"]);
});

test("a second service on the same optimisers is refused", async () => {
  await assert.rejects(
    start(newFolder(), { optimizers: join(folder, "optimizers") }),
    /is in use by process/,
  );
});

test("addresses of rollout services are checked at the start", async () => {
  await assert.rejects(
    start(newFolder(), { rollouts: "127.0.0.1:1, nowhere" }),
    /rollouts = "nowhere" is no address/,
  );
});

const evolution: EvolveRequest = {
  vae: models.vae,
  mdnRnn: models.mdnRnn,
  dreamStarts: models.dreamStarts,
  settings: {
    "evolve.covariance": "diagonal",
    "evolve.population": "4",
    "evolve.max_steps": "10",
    "evolve.refine_steps": "60",
    "evolve.refine_episodes": "1",
    "evolve.evaluate_every": "1",
    "evolve.evaluate_episodes": "1",
    "rollout.slots": "4",
  },
  seed: 3n,
};

test("Evolve is a job that makes a controller, once", { timeout: 120_000 }, async () => {
  const { job } = await evolver.evolve(evolution, IN_TIME);
  assert.equal(job?.stage, "evolve");
  let last: Job | undefined;
  for await (const event of jobs.watchJob({ id: job.id, after: 0n })) last = event.job;
  assert.equal(last?.state, JobState.JOB_STATE_SUCCEEDED, last?.error?.message);
  assert.equal(last.outputs["controller"]?.kind, "controller");
  const again = await evolver.evolve(evolution, IN_TIME);
  assert.deepEqual([again.job?.id, again.job?.attempts], [job.id, 1]);
});

const badEvolutions: readonly (readonly [string, Partial<EvolveRequest>, string, RegExp])[] = [
  ["an unknown setting", { settings: { "evolve.populaton": "4" } }, "invalid-argument", /evolve\.populaton/],
  [
    "a setting out of range",
    { settings: { "evolve.population": "1" } },
    "invalid-argument",
    /evolve\.population/,
  ],
  ["a setting of another stage", { settings: { "vae.steps": "1" } }, "invalid-argument", /vae\.steps/],
  ["no V", { vae: undefined }, "invalid-argument", /vae is missing/],
  ["an M in V's place", { vae: models.mdnRnn }, "invalid-argument", /kind "mdn-rnn"/],
  ["a V that is not there", { vae: { kind: "vae", digest: ABSENT } }, "not-found", /vae-000000000000/],
];
for (const [name, change, code, message] of badEvolutions) {
  test(`Evolve refuses ${name}`, async () => {
    await assert.rejects(evolver.evolve({ ...evolution, ...change }, IN_TIME), { code, message });
  });
}
