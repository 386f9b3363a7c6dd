import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { run, start } from "../command.js";
import type { Running } from "../command.js";
import { gone, isAlive } from "../processes.js";

const root = mkdtempSync(join(tmpdir(), "wm-up-"));
after(() => {
  rmSync(root, { recursive: true, force: true });
});

interface Serving {
  readonly cluster: string;
  readonly services: readonly { readonly name: string; readonly pid: number; readonly state: string }[];
}

/** Starts `worldmodels up` and resolves when it says that all serve. */
async function up(folder: string): Promise<Running & Serving> {
  let tell: (serving: Serving) => void = () => undefined;
  const serving = new Promise<Serving>((resolve) => (tell = resolve));
  const running = start(["up", "--dir", join(root, folder), "--workers", "1", "--json"], (line) => {
    if (line.includes('"event":"serving"')) tell(JSON.parse(line) as Serving);
  });
  const ended = running.finished.then(({ stderr }) => {
    throw new Error(`it ended before all served: ${stderr}`);
  });
  ended.catch(() => undefined);
  return { ...running, ...(await Promise.race([serving, ended])) };
}

test("up starts every service, says where they are, and drains them at Ctrl-C", async () => {
  const { process: child, finished, services, cluster } = await up("one");
  assert.deepEqual(
    services.map(({ name, state }) => [name, state]),
    ["car-racing-env", "encoder", "predictor", "evolver", "rollout", "vizdoom-env", "gymnasium-env"].map(
      (name) => [name, "serving"],
    ),
  );
  const listed = await run("jobs", "--cluster", cluster, "--json");
  assert.deepEqual([listed.code, JSON.parse(listed.stdout)], [0, []], listed.stderr);
  const second = await run("up", "--dir", join(root, "one"));
  assert.equal(second.code, 1);
  assert.match(second.stderr, /is in use by process/);
  child.kill("SIGINT");
  assert.equal((await finished).code, 0);
  assert.deepEqual(
    services.filter(({ pid }) => isAlive(pid)),
    [],
  );
  assert.ok(!existsSync(join(root, "one", "lock")));
  for (const { name } of services) {
    assert.match(readFileSync(join(root, "one", "logs", `${name}.log`), "utf8"), /"event":"stopped"/);
  }
});

test("a service that dies is started again, and none outlives up, even killed", async () => {
  const { process: child, finished, services, cluster } = await up("two");
  const [victim] = services;
  assert.ok(victim !== undefined);
  process.kill(victim.pid, "SIGKILL");
  await gone(victim.pid);
  // It answers again: the call waits for nobody, so it is asked until it does.
  let answered = await run("call", addressOf(cluster, victim.name), "EnvService/ListEnvs");
  while (answered.code !== 0)
    answered = await run("call", addressOf(cluster, victim.name), "EnvService/ListEnvs");
  assert.match(answered.stdout, /CarRacing-v3/);
  child.kill("SIGKILL");
  await finished;
  await Promise.all(services.map(({ pid }) => gone(pid)));
});

function addressOf(cluster: string, name: string): string {
  const { services } = JSON.parse(readFileSync(cluster, "utf8")) as {
    readonly services: Record<string, string>;
  };
  return services[name] ?? "";
}

const badClusters: readonly (readonly [what: string, text: string, sentence: RegExp])[] = [
  ["no JSON", "{", /is not JSON/],
  ["a store that is no path", '{"store": 3, "services": {}}', /its store is no path; leave it out where/],
  ["an unknown service", '{"store": "a", "services": {"decoder": "unix:/x"}}', /no service "decoder"/],
  [
    "a bad address",
    '{"store": "a", "services": {"encoder": "nowhere"}}',
    /encoder = "nowhere" is no address/,
  ],
  ["a missing service", '{"store": "a", "services": {}}', /names no rollout/],
];
for (const [what, text, sentence] of badClusters) {
  test(`a cluster file with ${what} is refused with a sentence, and nothing is begun`, async () => {
    const file = join(root, "bad.json");
    writeFileSync(file, text);
    const folder = join(root, "never");
    const finished = await run(
      "train",
      "car-racing",
      "--preset",
      "smoke",
      "--run-dir",
      folder,
      "--cluster",
      file,
    );
    assert.notEqual(finished.code, 0);
    assert.match(finished.stderr, sentence);
    assert.ok(!existsSync(folder), "a run folder was made");
  });
}

test("a cluster that is not there is said so", async () => {
  const finished = await run("jobs", "--cluster", join(root, "none.json"));
  assert.equal(finished.code, 2);
  assert.match(finished.stderr, /there is no cluster file at .*; start one with: worldmodels up/);
});
