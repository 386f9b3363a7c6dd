import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { after, before, test } from "node:test";
import { run, start } from "./command.js";
import { digestsOf } from "./run-digests.js";

const root = mkdtempSync(join(tmpdir(), "worldmodels-e2e-"));
const stages = ["collect", "train V", "encode", "train M", "evolve C", "evaluate"] as const;
const smoke = (folder: string, ...more: string[]) => [
  ...["train", "car-racing", "--preset", "smoke", "--run-dir", join(root, folder), "--json"],
  ...more,
];

const digests = (folder: string) => digestsOf(join(root, folder));

let expected: Record<string, string>;

before(async () => {
  const finished = await run(...smoke("first", "--workers", "2"));
  assert.equal(finished.code, 0, finished.stderr);
  expected = digests("first");
});
after(() => {
  rmSync(root, { recursive: true, force: true });
});

test("a run makes every artifact and a report", () => {
  assert.deepEqual(Object.keys(expected).sort(), [
    ...["controller", "dream-starts", "episodes", "latents", "mdn-rnn", "scores", "vae"],
  ]);
  const report = readFileSync(join(root, "first", "report.html"), "utf8");
  assert.match(report, /<html/);
  assert.doesNotMatch(report, /<(script|link|img)[^>]*(src|href)="http/, "it needs nothing from outside");
});

test("the same command again does nothing anew", async () => {
  const finished = await run(...smoke("first"));
  assert.equal(finished.code, 0, finished.stderr);
  const summaries = finished.stdout.split("\n").filter((line) => line.includes('"event":"stage"'));
  for (const summary of summaries.slice(0, stages.length)) assert.match(summary, /done before/);
  assert.deepEqual(digests("first"), expected);
});

test("the same seed with one worker instead of two gives the same bytes", async () => {
  const finished = await run(...smoke("one-worker", "--workers", "1"));
  assert.equal(finished.code, 0, finished.stderr);
  assert.deepEqual(digests("one-worker"), expected);
});

test("another seed gives other bytes", async () => {
  const finished = await run(...smoke("other-seed", "--seed", "1"));
  assert.equal(finished.code, 0, finished.stderr);
  for (const [role, digest] of Object.entries(digests("other-seed")))
    assert.notEqual(digest, expected[role], role);
});

test("a run killed by SIGKILL in every stage comes to the same bytes", async () => {
  for (const stage of stages) {
    const running = start(smoke("killed"), (line) => {
      if (line.includes(`"event":"progress","stage":"${stage}"`)) running.process.kill("SIGKILL");
    });
    const { code, stderr } = await running.finished;
    assert.equal(code, null, `it was to be killed in ${stage}: ${stderr}`);
  }
  const finished = await run(...smoke("killed"));
  assert.equal(finished.code, 0, finished.stderr);
  assert.deepEqual(digests("killed"), expected);
});

test("Ctrl-C stops a run cleanly, and the same command goes on to the same bytes", async () => {
  const running = start(smoke("interrupted"), (line) => {
    if (line.includes('"event":"progress","stage":"evolve C"')) running.process.kill("SIGINT");
  });
  const interrupted = await running.finished;
  assert.equal(interrupted.code, 130, interrupted.stderr);
  assert.match(interrupted.stderr, /^stopped: /m);
  assert.ok(!existsSync(join(root, "interrupted", "lock")));
  const finished = await run(...smoke("interrupted"));
  assert.equal(finished.code, 0, finished.stderr);
  assert.deepEqual(digests("interrupted"), expected);
});

test("any one worker process killed in a generation changes nothing", async () => {
  let killed = 0;
  const running = start(smoke("worker-killed", "--workers", "2"), (line) => {
    if (killed > 0 || !line.includes('"event":"progress","stage":"evolve C"')) return;
    const job = childrenOf(running.process.pid ?? 0)[0] ?? 0;
    const worker = childrenOf(job)[0];
    if (worker === undefined) return;
    process.kill(worker, "SIGKILL");
    killed++;
  });
  const finished = await running.finished;
  assert.equal(finished.code, 0, finished.stderr);
  assert.equal(killed, 1);
  assert.match(finished.stdout, /was killed by SIGKILL with \d+ episodes in hand; they are run again/);
  assert.deepEqual(digests("worker-killed"), expected);
});

/** Process ids of a process's children. */
function childrenOf(pid: number): number[] {
  try {
    return execFileSync("pgrep", ["-P", String(pid)])
      .toString()
      .split("\n")
      .filter(Boolean)
      .map(Number);
  } catch {
    return [];
  }
}

test("a run's controller can be evaluated in reality and in its dream, by changing one address", async () => {
  for (const env of ["CarRacing-v3?max_episode_steps=50", `dream:${join(root, "first")}?temperature=1.15`]) {
    const finished = await run("evaluate", join(root, "first"), "--env", env, "--episodes", "2", "--json");
    assert.equal(finished.code, 0, finished.stderr);
    const result = JSON.parse(finished.stdout) as { readonly evolved: { readonly returns: number[] } };
    assert.equal(result.evolved.returns.length, 2);
  }
});

test("C can be evolved in the dream and evaluated in reality", async () => {
  const finished = await run(...smoke("dreamer", "--set", "evolve.env=dream?temperature=1.15"));
  assert.equal(finished.code, 0, finished.stderr);
  const found = digests("dreamer");
  assert.equal(found["mdn-rnn"], expected["mdn-rnn"], "the same M");
  assert.notEqual(found["controller"], expected["controller"], "another C");
});

/** A copy of the first run, one of whose artifacts has been tampered with; evaluating it must say so. */
async function evaluateDamaged(folder: string, tamper: (artifacts: string) => void) {
  cpSync(join(root, "first"), join(root, folder), { recursive: true });
  tamper(join(root, folder, "artifacts"));
  const finished = await run("evaluate", join(root, folder), "--episodes", "3");
  assert.equal(finished.code, 1, finished.stderr);
  return finished.stderr;
}
const artifactOf = (artifacts: string, kind: string) =>
  join(artifacts, readdirSync(artifacts).find((name) => name.startsWith(`${kind}-`)) ?? kind);

test("a truncated artifact is named, with what was expected and found", async () => {
  const stderr = await evaluateDamaged("truncated", (artifacts) => {
    truncateSync(join(artifactOf(artifacts, "vae"), "weights.safetensors"), 1000);
  });
  assert.match(stderr, /error: .*vae-.* is damaged: weights\.safetensors has 1000 bytes instead of \d+/);
});

test("an artifact that is not what its digest says is refused", async () => {
  const stderr = await evaluateDamaged("foreign", (artifacts) => {
    const file = join(artifactOf(artifacts, "controller"), "weights.safetensors");
    const bytes = readFileSync(file);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    writeFileSync(file, bytes);
  });
  assert.match(stderr, /error: .*weights\.safetensors/);
});

test("a model of another size is refused by its name and sizes", async () => {
  const other = await run(...smoke("other-size", "--set", "vae.latent=8"));
  assert.equal(other.code, 0, other.stderr);
  const stderr = await evaluateDamaged("mixed", (artifacts) => {
    const source = artifactOf(join(root, "other-size", "artifacts"), "vae");
    cpSync(source, join(artifacts, basename(source)), { recursive: true });
    const manifest = join(artifacts, "..", "run.json");
    const content = readFileSync(manifest, "utf8").replaceAll(
      expected["vae"] ?? "",
      digests("other-size")["vae"] ?? "",
    );
    writeFileSync(manifest, content);
  });
  assert.match(stderr, /error: .*latent/);
});

test("runs lists them with their scores", async () => {
  const finished = await run("runs", root, "--json");
  assert.equal(finished.code, 0, finished.stderr);
  const runs = JSON.parse(finished.stdout) as { readonly folder: string; readonly stagesDone: number }[];
  assert.ok(runs.some((each) => each.folder === join(root, "first") && each.stagesDone === stages.length));
});
