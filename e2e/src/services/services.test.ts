import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { run, start } from "../command.js";
import { digestsOf } from "../run-digests.js";
import { writeExamples } from "./examples.js";
import { localServices } from "./local-services.js";
import type { ServiceName } from "./service-host.js";

const root = mkdtempSync(join(tmpdir(), "wm-e2e-"));
const runs = join(root, "runs");
const runDir = (name: string) => join(runs, name);
const host = localServices(join(root, "a"), runs);
const all: readonly ServiceName[] = ["car-racing-env", "encoder", "predictor", "evolver", "rollout"];
const smoke = (name: string, ...more: string[]) => [
  ...["train", "car-racing", "--preset", "smoke", "--run-dir", runDir(name), "--json"],
  ...more,
];

let expected: Record<string, string>;

before(async () => {
  const embedded = await run(...smoke("embedded", "--workers", "2"));
  assert.equal(embedded.code, 0, embedded.stderr);
  expected = digestsOf(runDir("embedded"));
  await Promise.all(all.map((name) => host.start(name)));
});
after(async () => {
  await host.close();
  rmSync(root, { recursive: true, force: true });
});

test("a run whose stages are run by services makes the embedded run's artifacts, byte for byte", async () => {
  const finished = await run(...smoke("remote", "--cluster", host.clusterFile));
  assert.equal(finished.code, 0, finished.stderr);
  assert.deepEqual(digestsOf(runDir("remote")), expected);
  const report = readFileSync(join(runDir("remote"), "report.html"), "utf8");
  assert.match(report, /<html/);
});

test("the services list the jobs that they did, and the same run elsewhere does none of them again", async () => {
  const before = await listJobs();
  assert.deepEqual(
    before.map(({ record }) => [record.stage, record.state]).sort(),
    ["collect", "encode", "evaluate", "evolve", "train-mdn-rnn", "train-vae"].map((name) => [
      name,
      "SUCCEEDED",
    ]),
  );
  const finished = await run(...smoke("again", "--cluster", host.clusterFile));
  assert.equal(finished.code, 0, finished.stderr);
  assert.deepEqual(digestsOf(runDir("again")), expected);
  assert.deepEqual(await listJobs(), before);
});

interface ListedJob {
  readonly service: string;
  readonly record: { readonly key: string; readonly stage: string; readonly state: string };
}

async function listJobs(): Promise<ListedJob[]> {
  const finished = await run("jobs", "list", "--cluster", host.clusterFile, "--json");
  assert.equal(finished.code, 0, finished.stderr);
  return JSON.parse(finished.stdout) as ListedJob[];
}

/** Which services have a hand in each stage. */
const killings: readonly (readonly [stage: string, service: ServiceName])[] = [
  ["collect", "rollout"],
  ["train V", "encoder"],
  ["encode", "encoder"],
  ["train M", "predictor"],
  ["evolve C", "evolver"],
  ["evolve C", "rollout"],
  ["evaluate", "rollout"],
];

test("services that share no folder, killed in every stage and started again, make the same bytes", async () => {
  const victims = localServices(join(root, "b"), runs, { ownStores: true });
  try {
    await Promise.all(all.map((name) => victims.start(name)));
    const left = [...killings];
    const revivals: Promise<void>[] = [];
    const running = start(smoke("killed", "--cluster", victims.clusterFile), (line) => {
      const [next] = left;
      if (next === undefined || !line.includes(`"event":"progress","stage":"${next[0]}"`)) return;
      left.shift();
      const [, service] = next;
      // One after another: a service that is still starting is not there to be killed.
      const previous = revivals.at(-1) ?? Promise.resolve();
      revivals.push(previous.then(() => victims.kill(service)).then(() => victims.start(service)));
    });
    const finished = await running.finished;
    await Promise.all(revivals);
    assert.equal(finished.code, 0, finished.stderr);
    assert.deepEqual(left, [], "services that were not killed");
    assert.deepEqual(digestsOf(runDir("killed")), expected);
  } finally {
    await victims.close();
  }
});

test("Ctrl-C cancels the job at its service, and the same command goes on to the same bytes", async () => {
  const others = localServices(join(root, "c"), runs);
  try {
    await Promise.all(all.map((name) => others.start(name)));
    const running = start(smoke("interrupted", "--cluster", others.clusterFile), (line) => {
      if (line.includes('"event":"progress","stage":"train V"')) running.process.kill("SIGINT");
    });
    const interrupted = await running.finished;
    assert.equal(interrupted.code, 130, interrupted.stderr);
    const listed = await run("jobs", "list", "--cluster", others.clusterFile, "--json");
    const jobs = JSON.parse(listed.stdout) as ListedJob[];
    assert.equal(jobs.find(({ record }) => record.stage === "train-vae")?.record.state, "CANCELLED");
    const finished = await run(...smoke("interrupted", "--cluster", others.clusterFile));
    assert.equal(finished.code, 0, finished.stderr);
    assert.deepEqual(digestsOf(runDir("interrupted")), expected);
  } finally {
    await others.close();
  }
});

const pathOf = (name: ServiceName) => host.address(name).replace("unix:", "");

test("an environment behind a service is the one in this process: the same trace, by address", async () => {
  const actions = join(root, "actions.json");
  writeFileSync(actions, JSON.stringify(Array.from({ length: 20 }, (_, i) => [Math.sin(i), 0.4, 0])));
  const trace = async (env: string) => {
    const finished = await run(
      ...["replay", "--env", env, "--seed", "7", "--actions", actions, "--observations", "0,10"],
      ...["--out", join(root, "trace.json")],
    );
    assert.equal(finished.code, 0, finished.stderr);
    const { env: _, ...rest } = JSON.parse(readFileSync(join(root, "trace.json"), "utf8")) as Record<
      string,
      unknown
    >;
    return rest;
  };
  const local = await trace("CarRacing-v3");
  // The track is no observation: it is known where the environment is made.
  const remote = await trace(`grpc+unix://${pathOf("car-racing-env")}/CarRacing-v3`);
  assert.deepEqual({ ...remote, track: null }, { ...local, track: null });
});

test("C is judged in reality and in a dream behind services as in this process, by changing one address", async () => {
  const pairs = [
    [
      "CarRacing-v3?max_episode_steps=50",
      `grpc+unix://${pathOf("car-racing-env")}/CarRacing-v3?max_episode_steps=50`,
    ],
    [
      `dream:${runDir("embedded")}?temperature=1.15`,
      `grpc+unix://${pathOf("predictor")}/dream:embedded?temperature=1.15`,
    ],
  ];
  for (const [local = "", remote = ""] of pairs) {
    const returns = async (env: string) => {
      const finished = await run("evaluate", runDir("embedded"), "--env", env, "--episodes", "2", "--json");
      assert.equal(finished.code, 0, finished.stderr);
      return (JSON.parse(finished.stdout) as { readonly evolved: { readonly returns: number[] } }).evolved
        .returns;
    };
    assert.deepEqual(await returns(remote), await returns(local), remote);
  }
});

test("the programs of docs/pipelines.md run as they are", async () => {
  const programs = writeExamples();
  const runProgram = async (name: string, ...args: string[]) => {
    const { stdout } = await promisify(execFile)(process.execPath, [programs[name] ?? name, ...args], {
      env: { ...process.env, NODE_OPTIONS: "" },
    });
    return stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  };
  // The services' store has the models of the run that they made.
  const climbed = await runProgram("outside-optimizer.mjs", host.address("rollout"), runDir("remote"), "2");
  assert.deepEqual(
    climbed.map(({ generation }) => generation),
    [1, 2],
  );
  for (const { returns } of climbed) assert.ok((returns as number[]).every(Number.isFinite));

  const [solved] = await runProgram("outside-problem.mjs", host.address("evolver"));
  for (const value of solved?.["best"] as number[]) assert.ok(Math.abs(value - 1) < 1e-3, String(value));

  const [local] = await runProgram("any-environment.mjs", "CarRacing-v3");
  const [remote] = await runProgram(
    "any-environment.mjs",
    `grpc+unix://${pathOf("car-racing-env")}/CarRacing-v3`,
  );
  assert.deepEqual(remote, local);
  const [dream] = await runProgram(
    "any-environment.mjs",
    `grpc+unix://${pathOf("predictor")}/dream:remote?temperature=1.15`,
  );
  assert.equal(dream?.["kind"], "DREAM");
});

test("services can be called with plain JSON, from reflection alone", async () => {
  const address = host.address("evolver");
  const call = async (...args: string[]) => {
    const finished = await run("call", address, ...args);
    assert.equal(finished.code, 0, finished.stderr);
    return JSON.parse(finished.stdout) as Record<string, unknown>;
  };
  const request = { optimizerId: "by-hand", x0: [0, 0], sigma0: 0.5, seed: "1" };
  const made = await call("EvolverService/CreateOptimizer", JSON.stringify(request));
  assert.equal((made["optimizer"] as { readonly optimizerId: string }).optimizerId, "by-hand");
  const asked = await call("EvolverService/Ask", '{"optimizerId": "by-hand"}');
  assert.equal((asked["candidates"] as unknown[]).length, 6);
  const refused = await run("call", address, "EvolverService/Ask", '{"optimizerId": "nobody"}');
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /^error: .*nobody/m);
});
