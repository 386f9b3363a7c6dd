// The system in containers, and what it stands: npx nx run e2e:docker
// More random faults, five a run: FAULT_RUNS=4 FAULT_SEED=7 npx nx run e2e:docker
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { run, start } from "../src/command.js";
import { digestsOf } from "../src/run-digests.js";
import { changeClocks, withClocks } from "./clocks.js";
import { compose, containers, docker, down, nameOf, renew, shell, up } from "./compose-project.js";
import { runDisturbed, smoke, startWith } from "./disturbed-run.js";
import type { Game } from "./disturbed-run.js";
import { formatFaults, show } from "./fault-table.js";
import type { FaultRow } from "./fault-table.js";
import { listedFaults, randomFaults } from "./fault-plans.js";

const root = mkdtempSync(join(tmpdir(), "wm-docker-"));
const runDir = (name: string) => join(root, name);
const games: readonly Game[] = ["car-racing", "take-cover"];
const expected = new Map<Game, Record<string, string>>();
const expectedOf = (game: Game) => expected.get(game) ?? assert.fail(`there is no run of ${game}`);
const rows: FaultRow[] = [];
const seconds = { up: NaN, embedded: new Map<Game, number>() };

async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
  const startMs = performance.now();
  return [await work(), (performance.now() - startMs) / 1000];
}

/** Episodes that the evolver has asked the n-th rollout container for, from 1. */
async function judgedEpisodes(container: number): Promise<number> {
  const read = "fetch('http://127.0.0.1:9464/metrics').then((reply) => reply.text()).then(console.log)";
  const metrics = await compose("exec", `--index=${container}`, "rollout", "node", "--eval", read);
  const counts = metrics.matchAll(/^worldmodels_env_episodes_total\{(?=.*by="evaluate").*\} (\d+)$/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

before(async () => {
  await down();
  await compose("build", "--quiet");
  for (const game of games) {
    const [finished, took] = await timed(() =>
      run(...smoke(game, runDir(`${game}-embedded`), "--workers", "2")),
    );
    assert.equal(finished.code, 0, finished.stderr);
    expected.set(game, digestsOf(runDir(`${game}-embedded`)));
    seconds.embedded.set(game, took);
  }
  [, seconds.up] = await timed(() => up());
});
after(async () => {
  await down();
  rmSync(root, { recursive: true, force: true });
});

test("every container is healthy, without rights, compilers or a file system that it could write", async (t) => {
  show(t, `up and healthy after ${seconds.up.toFixed(1)} s`);
  show(t, await docker(["images", "--format", "{{.Repository}} {{.Size}}", "worldmodels/*:0.1.0"]));
  for (const container of containers) {
    const seen = await shell(
      container,
      "id -u; grep CapEff /proc/self/status; touch /worldmodels/x 2>&1; ls -d node_modules/typescript $(command -v cc gcc g++ pip3) 2>&1",
    ).catch((error: unknown) => (error as { readonly stdout: string }).stdout.trim());
    assert.match(
      seen,
      /^10001\nCapEff:\t0{16}\ntouch: .*Read-only file system\nls: .*typescript': No such file or directory$/,
      container,
    );
  }
});

for (const game of games) {
  test(`smoke of ${game} in containers makes the embedded run's artifacts, byte for byte`, async (t) => {
    const [finished, took] = await timed(
      () => startWith(smoke(game, runDir(game), "--cluster", "compose")).finished,
    );
    assert.equal(finished.code, 0, finished.stderr);
    assert.deepEqual(digestsOf(runDir(game)), expectedOf(game));
    const embedded = seconds.embedded.get(game) ?? NaN;
    show(t, `${took.toFixed(1)} s; embedded ${embedded.toFixed(1)} s; ${(took / embedded).toFixed(2)} times`);
  });
}

test("games and dreams in containers are those here, by changing one address; strangers are refused", async () => {
  const certificate = runDir("certificate");
  await compose("cp", "certificates:/certificates/host", certificate);
  const tls = {
    WORLDMODELS_TLS_CA: join(certificate, "ca.crt"),
    WORLDMODELS_TLS_CERT: join(certificate, "tls.crt"),
    WORLDMODELS_TLS_KEY: join(certificate, "tls.key"),
  };
  const made = runDir("take-cover");
  const dream = (await readdir(join(made, "artifacts"))).find(
    (name) => name.startsWith("dream-") && !name.startsWith("dream-starts"),
  );
  const pairs = [
    [
      "car-racing",
      "CarRacing-v3?max_episode_steps=50",
      "grpc://localhost:51051/CarRacing-v3?max_episode_steps=50",
    ],
    [
      "take-cover",
      "vizdoom:TakeCover?screen=160x120",
      "grpc://localhost:51056/vizdoom:TakeCover?screen=160x120",
    ],
    [
      "take-cover",
      `dream:${made}?temperature=1.15&max_episode_steps=100`,
      `grpc://localhost:51053/dream:${dream}?temperature=1.15&max_episode_steps=100`,
    ],
  ] as const;
  const evaluate = (game: Game, env: string, episodes = "1", variables: NodeJS.ProcessEnv = tls) =>
    start(["evaluate", runDir(game), "--env", env, "--episodes", episodes, "--json"], undefined, {
      env: variables,
    }).finished;
  for (const [game, here, there] of pairs) {
    const scores = async (env: string) => {
      const finished = await evaluate(game, env);
      assert.equal(finished.code, 0, finished.stderr);
      const { evolved, random } = JSON.parse(finished.stdout) as Record<string, unknown>;
      return { evolved, random };
    };
    const [scoresThere, scoresHere] = await Promise.all([scores(there), scores(here)]);
    assert.deepEqual(scoresThere, scoresHere, there);
  }
  const stranger = await evaluate("car-racing", pairs[0][2], "2", {
    WORLDMODELS_TLS_CA: tls.WORLDMODELS_TLS_CA,
  });
  assert.equal(stranger.code, 1);
  assert.match(stranger.stderr, /certificate/);
});

test("two rollout containers, found by their name, share the candidates evenly and change no byte", async (t) => {
  await renew();
  await compose("up", "--detach", "--wait", "--scale", "rollout=2");
  const { code, stderr } = await startWith(smoke("take-cover", runDir("two"), "--cluster", "compose"))
    .finished;
  assert.equal(code, 0, stderr);
  assert.deepEqual(digestsOf(runDir("two")), expectedOf("take-cover"));
  const judged = await Promise.all([1, 2].map(judgedEpisodes));
  show(t, `candidates' episodes: ${judged.join(" and ")}`);
  // Candidates go to whoever has time for them, so that a busy machine shifts a few.
  assert.ok(Math.min(...judged) > 0.5 * Math.max(...judged), judged.join(" and "));
});

const listed = listedFaults();
for (const [index, { game, steps }] of listed.entries()) {
  const names = [...new Set(steps.map(({ fault }) => fault))].join(", ");
  test(`${game} is learned through ${names} (${index + 1} of ${listed.length})`, async () => {
    await renew();
    rows.push(...(await runDisturbed(game, runDir(`listed-${index}`), steps, expectedOf(game))));
  });
}

test("an artifact volume that is full ends the run with a sentence, and with room the same command goes on", async () => {
  await renew(["small-volume.yaml"]);
  const folder = "/var/lib/worldmodels/artifacts";
  let filled: Promise<string> | undefined;
  const args = smoke("car-racing", runDir("full"), "--cluster", "compose");
  const { code, stderr } = await startWith(args, (line) => {
    if (!line.includes('"event":"progress","stage":"train V"')) return;
    filled ??= shell("encoder", `cat /dev/zero > ${folder}/filler || true`);
  }).finished;
  await filled;
  assert.equal(code, 1, stderr);
  assert.match(stderr, /no space|disk is full/i);
  assert.equal(
    await shell(
      "encoder",
      `rm ${folder}/filler; find ${folder} -mindepth 1 -maxdepth 1 -name '.*' -o -name '*tmp*'`,
    ),
    "",
  );
  const again = await startWith(args).finished;
  assert.equal(again.code, 0, again.stderr);
  assert.deepEqual(digestsOf(runDir("full")), expectedOf("car-racing"));
});

test("wrong clocks change nothing; one beyond the certificates' dates is said, and the run goes on once it is less wrong", async () => {
  await withClocks({ ROLLOUT_CLOCK: "+30d", ENCODER_CLOCK: "+400d" });
  const said: string[] = [];
  let mended: Promise<void> | undefined;
  const { finished } = startWith(smoke("car-racing", runDir("clocks"), "--cluster", "compose"), (line) => {
    if (!line.includes("if it refuses the certificate")) return;
    said.push(line);
    mended ??= changeClocks({ ROLLOUT_CLOCK: "+30d", ENCODER_CLOCK: "-20m" });
  });
  const { code, stderr } = await finished;
  await mended;
  assert.equal(code, 0, stderr);
  assert.match(said[0] ?? "", /give one that its authority has signed and that is valid by its clock/);
  assert.deepEqual(digestsOf(runDir("clocks")), expectedOf("car-racing"));
});

const seed = BigInt(process.env["FAULT_SEED"] ?? 1);
const runs = Number(process.env["FAULT_RUNS"] ?? 1);
for (const [index, { game, steps }] of randomFaults(seed, runs).entries()) {
  test(`${game}: ${steps.length} random faults (seed ${seed}, ${index + 1} of ${runs})`, async () => {
    await renew();
    rows.push(...(await runDisturbed(game, runDir(`random-${index}`), steps, expectedOf(game))));
  });
}

test("SIGTERM drains every container: it ends by itself, without an error", async () => {
  await compose("stop");
  for (const container of containers) {
    const code = await docker(["inspect", "--format", "{{.State.ExitCode}}", nameOf(container)]);
    assert.equal(code, "0", container);
  }
});

test("what was broken, and how long it took to work again", (t) => {
  assert.ok(rows.length > 0);
  show(t, formatFaults(rows));
});
