import { createArtifactStore } from "@worldmodels/artifacts";
import type { JsonObject } from "@worldmodels/artifacts";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { createJobManager } from "./job-manager.js";
import type { JobManager } from "./job-manager.js";

const root = mkdtempSync(join(tmpdir(), "restart-"));
after(() => {
  rmSync(root, { recursive: true });
});

const module = new URL("./counting-stage.test-worker.ts", import.meta.url).href;
const counting = (config: JsonObject) => ({
  stage: { name: "counting", version: 1 },
  module,
  inputs: {},
  config: { total: 5, ...config },
  seed: 10n,
});

function openService(folder = mkdtempSync(join(root, "service-"))) {
  const store = createArtifactStore(join(folder, "artifacts"));
  const manager = createJobManager({
    jobsFolder: join(folder, "jobs"),
    store,
    workers: 1,
    moduleOf: () => module,
    graceMs: 100,
  });
  return { folder, manager, store };
}

/** Follows a job to its end. @returns its lines and its last record */
async function follow(manager: JobManager, key: string) {
  const lines: string[] = [];
  let last = await manager.get(key);
  for await (const { line, record } of manager.watch(key)) {
    if (line !== undefined) lines.push(line);
    last = record;
  }
  return { lines, last };
}

async function untilLine(manager: JobManager, key: string, wanted: string): Promise<void> {
  for await (const { line } of manager.watch(key)) if (line === wanted) return;
  throw new Error(`it ended without saying "${wanted}"`);
}

const expected = (async () => {
  const { manager } = openService();
  const { last } = await follow(manager, (await manager.start(counting({}))).key);
  await manager.close();
  return last.artifacts;
})();

test("a closed service's job goes on from its checkpoint to the same result", async () => {
  const { folder, manager } = openService();
  const { key } = await manager.start(counting({ waitAt: 3 }));
  await untilLine(manager, key, "waits");
  await manager.close();
  const later = openService(folder).manager;
  const [resumed] = await later.resume();
  assert.equal(resumed?.key, key);
  const { lines, last } = await follow(later, key);
  assert.deepEqual([last.state, last.attempts, lines], ["SUCCEEDED", 2, ["waits", "goes on from 3"]]);
  assert.deepEqual(last.artifacts, await expected);
  await later.close();
});

test("a cancelled job that is asked for again goes on from its checkpoint to the same result", async () => {
  const { manager } = openService();
  const { key } = await manager.start(counting({ waitAt: 3 }));
  await untilLine(manager, key, "waits");
  assert.equal((await manager.cancel(key)).state, "CANCELLED");
  await manager.start(counting({ waitAt: 3 }));
  const { last } = await follow(manager, key);
  assert.deepEqual(last.artifacts, await expected);
  await manager.close();
});

for (const [what, where] of [
  ["waits", { waitAt: 3 }],
  ["computes without a pause", { spinAt: 3 }],
] as const) {
  test(
    `a job that ${what} in a service that is killed is listed by the next, and goes on to the same result`,
    { timeout: 60_000 },
    async () => {
      const { folder, manager } = openService();
      const configs = [counting(where), counting({ total: 2 })].map(({ config }) => config);
      const service = spawn(
        process.execPath,
        [
          ...process.execArgv,
          fileURLToPath(new URL("./manager.test-worker.ts", import.meta.url)),
          folder,
          JSON.stringify(configs),
        ],
        { stdio: ["ignore", "pipe", "inherit"] },
      );
      const told: string[] = [];
      for await (const line of createInterface({ input: service.stdout })) {
        told.push(line.replace(/ [0-9a-f]{12} /, " "));
        // Both jobs are on record, and the first is at its third number.
        if (told.filter((line) => line === "counting is QUEUED").length === 2 && told.some(isAtThree)) break;
      }
      service.kill("SIGKILL");
      await once(service, "exit");

      const before = await manager.list();
      assert.deepEqual(before.map(({ state }) => state).sort(), ["QUEUED", "RUNNING"]);
      const resumed = await manager.resume();
      assert.deepEqual(
        resumed.map(({ config }) => config["total"]),
        [5, 2],
      );
      const { lines: said, last } = await follow(manager, resumed[0]!.key);
      assert.deepEqual([last.state, last.attempts], ["SUCCEEDED", 2]);
      assert.equal(said.at(-1), "goes on from 3");
      assert.deepEqual(last.artifacts, await expected);
      assert.equal((await follow(manager, resumed[1]!.key)).last.state, "SUCCEEDED");
      await manager.close();
    },
  );
}

function isAtThree(line: string): boolean {
  return /^counting (waits|spins)$/.test(line);
}
