import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { createWorkerPool } from "./worker-pool.js";
import type { WorkerPoolOptions } from "./worker-pool.js";
import type { Manners } from "./worker-pool.test-worker.js";

const folder = mkdtempSync(join(tmpdir(), "worker-pool-"));
after(() => {
  rmSync(folder, { recursive: true });
});

const entry = new URL("./worker-pool.test-worker.ts", import.meta.url);
const tasks: Manners[] = Array.from({ length: 20 }, (_, value) => ({ value }));
const expected = tasks.map((task) => task.value * 3);

function createPool(options: Partial<WorkerPoolOptions> = {}) {
  return createWorkerPool<Manners, number>({
    entry,
    setup: { factor: 3 },
    workers: 2,
    tasksPerWorker: 4,
    ...options,
  });
}

for (const workers of [1, 2, 3]) {
  test(`${workers} workers give the results in the tasks' order`, async () => {
    const pool = createPool({ workers });
    assert.deepEqual(await pool.run(tasks), expected);
    assert.deepEqual(await pool.run(tasks.slice(5)), expected.slice(5), "a pool can run a second list");
    pool.close();
  });
}

test("a worker killed by SIGKILL costs nothing but time", async () => {
  const deaths: string[] = [];
  const pool = createPool({ onDeath: (sentence) => deaths.push(sentence) });
  const withDeath = tasks.map((task) =>
    task.value === 7 ? { ...task, dieOnce: join(folder, "died") } : task,
  );
  assert.deepEqual(await pool.run(withDeath), expected);
  assert.equal(deaths.length, 1);
  assert.match(deaths[0] ?? "", /was killed by SIGKILL with \d+ episodes in hand; they are run again/);
  pool.close();
});

test("a worker that dies again and again ends the run with one sentence", async () => {
  const pool = createPool({ workers: 1, tasksPerWorker: 1 });
  await assert.rejects(pool.run([{ value: 1, dieAlways: true }]), {
    code: "unavailable",
    message: /was killed by SIGKILL .* the 4th death in a row/,
  });
  assert.deepEqual(await pool.run(tasks), expected, "the pool is usable afterwards");
  pool.close();
});

test("a silent worker is killed and its tasks run again", async () => {
  const pool = createPool({ silenceTimeoutMs: 2000 });
  const withHang = tasks.map((task) =>
    task.value === 3 ? { ...task, hangOnce: join(folder, "hung") } : task,
  );
  assert.deepEqual(await pool.run(withHang), expected);
  pool.close();
});

test("an error in a task reaches the caller as it was", async () => {
  const pool = createPool();
  await assert.rejects(pool.run([{ value: 5, refuse: true }]), {
    code: "invalid-argument",
    message: "value 5 is refused",
  });
  pool.close();
});

test("an aborted run rejects with the reason and leaves no process", async () => {
  const pool = createPool();
  const controller = new AbortController();
  const running = pool.run(tasks, {
    signal: controller.signal,
    onResult: () => {
      controller.abort(new Error("enough"));
    },
  });
  await assert.rejects(running, /enough/);
  assert.deepEqual(pool.pids, []);
  pool.close();
});

test(
  "workers end with their parent, even one that dies while they are loading",
  { timeout: 60_000 },
  async () => {
    const script = fileURLToPath(new URL("./lonely-parent.test-worker.ts", import.meta.url));
    const parent = spawn(process.execPath, [...process.execArgv, script], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    parent.stdout.once("data", () => parent.kill("SIGKILL"));
    // The workers hold the other ends of these pipes: "close" comes when the last of them has ended.
    const [, signal] = (await once(parent, "close")) as [number | null, NodeJS.Signals | null];
    assert.equal(signal, "SIGKILL");
  },
);

test("a closed pool refuses", async () => {
  const pool = createPool();
  pool.close();
  await assert.rejects(pool.run(tasks), { code: "failed-precondition" });
});
