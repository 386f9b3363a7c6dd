import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { run, start } from "./command.js";
import { descendants, gone } from "./processes.js";
import { digestsOf } from "./run-digests.js";
import { localServices } from "./services/local-services.js";
import { serviceNames } from "./services/service-host.js";
import type { ServiceName } from "./services/service-host.js";

const root = mkdtempSync(join(tmpdir(), "wm-doom-"));
const runDir = (name: string) => join(root, name);
const smoke = (name: string, ...more: string[]) => [
  ...["train", "take-cover", "--preset", "smoke", "--run-dir", runDir(name), "--json"],
  ...more,
];

let expected: Record<string, string>;

before(async () => {
  const finished = await run(...smoke("first", "--workers", "2"));
  assert.equal(finished.code, 0, finished.stderr);
  expected = digestsOf(runDir("first"));
});
after(() => {
  rmSync(root, { recursive: true, force: true });
});

test("TakeCover is learned in a dream and played for real by the stages of CarRacing", () => {
  assert.deepEqual(Object.keys(expected).sort(), [
    ...["controller", "dream-starts", "episodes", "latents", "mdn-rnn", "scores", "vae"],
  ]);
  const scores = JSON.parse(
    readFileSync(
      join(runDir("first"), "artifacts", `scores-${expected["scores"]?.slice(0, 12)}`, "scores.json"),
      "utf8",
    ),
  ) as {
    env: string;
    evolved: { lengths: number[] };
    dreamed: { env: string; scores: { returns: number[] } };
  };
  assert.equal(scores.env, "vizdoom:TakeCover?screen=160x120");
  assert.equal(scores.dreamed.env, "dream?temperature=1.15");
  assert.equal(scores.dreamed.scores.returns.length, scores.evolved.lengths.length);
});

test("a run killed by SIGKILL while engines play leaves none of them, and comes to the same bytes with one worker", async () => {
  for (const stage of ["collect", "evolve C", "evaluate"]) {
    const seen = new Set<number>();
    const running = start(smoke("killed", "--workers", "1"), (line) => {
      if (!line.includes(`"event":"progress","stage":"${stage}"`)) return;
      for (const pid of descendants(running.process.pid ?? 0)) seen.add(pid);
      running.process.kill("SIGKILL");
    });
    const { code, stderr } = await running.finished;
    assert.equal(code, null, `it was to be killed in ${stage}: ${stderr}`);
    assert.ok(seen.size > 0);
    await Promise.all([...seen].map(gone));
  }
  const finished = await run(...smoke("killed", "--workers", "1"));
  assert.equal(finished.code, 0, finished.stderr);
  assert.deepEqual(digestsOf(runDir("killed")), expected);
});

test("the controller plays in another dream, and not in another game", async () => {
  const dream = `dream:${runDir("first")}?temperature=0.5&max_episode_steps=50`;
  const dreamed = await run("evaluate", runDir("first"), "--env", dream, "--episodes", "3", "--json");
  assert.equal(dreamed.code, 0, dreamed.stderr);
  const { evolved } = JSON.parse(dreamed.stdout) as { evolved: { returns: number[]; lengths: number[] } };
  assert.deepEqual(evolved.returns, evolved.lengths, "a step of the dream is worth 1, as one of the game is");

  const refused = await run("evaluate", runDir("first"), "--env", "CarRacing-v3", "--episodes", "1");
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /mdn-rnn-\w+ was made with actionSize = 1, and 3 is needed here/);
});

test("services that share no folder and have no Python make the same bytes, alone and in a sweep, and the game behind an address is the game here", async () => {
  const folder = join(root, "services");
  const host = localServices(folder, root, {
    ownStores: true,
    env: (name) => (name.endsWith("-env") ? {} : withoutPython(name, folder)),
  });
  try {
    await Promise.all(
      serviceNames.filter((name) => name !== "car-racing-env").map((name) => host.start(name)),
    );
    const finished = await run(...smoke("remote", "--cluster", host.clusterFile));
    assert.equal(finished.code, 0, finished.stderr);
    assert.deepEqual(digestsOf(runDir("remote")), expected);

    const swept = await run(
      ...["sweep", "take-cover", "--preset", "smoke", "--set", "evolve.env.temperature=0.5,1.15", "--json"],
      ...["--sweep-dir", runDir("sweep"), "--cluster", host.clusterFile],
    );
    assert.equal(swept.code, 0, swept.stderr);
    assert.deepEqual(digestsOf(join(runDir("sweep"), "points", "temperature-1.15")), expected);
    const other = digestsOf(join(runDir("sweep"), "points", "temperature-0.5"));
    assert.equal(other["mdn-rnn"], expected["mdn-rnn"]);
    assert.notEqual(other["controller"], expected["controller"]);

    const here = await scoresIn("vizdoom:TakeCover?screen=160x120");
    const there = await scoresIn(
      `grpc+unix://${host.address("vizdoom-env").replace("unix:", "")}/vizdoom:TakeCover?screen=160x120`,
    );
    assert.deepEqual(there, here);
  } finally {
    await host.close();
  }
});

/**
 * The game is to be had from vizdoom-env alone: what a service could run Python with is out of its sight. The encoder and
 * the predictor keep their cache, which has their TensorFlow.
 */
function withoutPython(name: ServiceName, folder: string): NodeJS.ProcessEnv {
  return {
    WORLDMODELS_ENVIRONMENTS: `vizdoom=grpc+unix://${folder}/vizdoom-env.sock`,
    PATH: "/nowhere",
    ...((name === "rollout" || name === "evolver") && { WORLDMODELS_CACHE: join(folder, "no-cache") }),
  };
}

/** What the first run's controller and the random policy score in three episodes. */
async function scoresIn(env: string): Promise<unknown> {
  const finished = await run("evaluate", runDir("first"), "--env", env, "--episodes", "3", "--json");
  assert.equal(finished.code, 0, finished.stderr);
  const { evolved, random } = JSON.parse(finished.stdout) as Record<string, unknown>;
  return { evolved, random };
}
