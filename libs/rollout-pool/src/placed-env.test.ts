import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { createRolloutPool } from "./rollouts.js";
import type { RolloutSetup, RolloutTask } from "./rollouts.js";

const folder = mkdtempSync(join(tmpdir(), "placed-env-"));
after(() => {
  rmSync(folder, { recursive: true });
});

const setup: RolloutSetup = {
  env: "CarRacing-v3?max_episode_steps=200",
  slots: 2,
  driver: { type: "policy", kind: "uniform" },
};
const tasks: RolloutTask[] = Array.from({ length: 16 }, (_, index) => ({
  ...{ index, seed: BigInt(50 + index), policySeed: BigInt(index) },
}));

async function startEnvService(socket: string) {
  const script = fileURLToPath(new URL("./env-service.test-worker.ts", import.meta.url));
  const child = spawn(process.execPath, [...process.execArgv, script, socket], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return async () => {
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  };
}

test("workers inherit where an environment is placed, and a service killed in mid-episode costs nothing but time", async () => {
  const local = createRolloutPool(setup, { workers: 2 });
  const expected = await local.run(tasks);
  local.close();

  const socket = join(folder, "s");
  const kill = await startEnvService(socket);
  process.env["WORLDMODELS_ENVIRONMENTS"] = `CarRacing-v3=grpc+unix://${socket}`;
  const deaths: string[] = [];
  const pool = createRolloutPool(setup, { workers: 2, onDeath: (sentence) => deaths.push(sentence) });
  let revival: Promise<() => Promise<void>> | undefined;
  try {
    const results = await pool.run(tasks, {
      onResult: () => {
        revival ??= kill().then(() => startEnvService(socket));
      },
    });
    assert.deepEqual(results, expected);
    assert.ok(deaths.length >= 1, "the service was not needed");
    for (const sentence of deaths) {
      assert.match(sentence, /ended with exit code 1 with \d+ episodes in hand; they are run again/);
    }
  } finally {
    pool.close();
    delete process.env["WORLDMODELS_ENVIRONMENTS"];
    await (
      await revival
    )?.();
  }
});
