import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { openRemoteEnv } from "@worldmodels/env-grpc";
import { connect, createClient, waitUntilServing } from "@worldmodels/grpc-kit";
import { EnvServiceService } from "@worldmodels/proto/env";

/** The service as it is deployed, in a process of its own on a unix socket. */
async function startProcess(t: TestContext, flags: readonly string[] = []) {
  const folder = mkdtempSync(join(tmpdir(), "wm-cars-"));
  const address = `unix:${folder}/s`;
  const main = fileURLToPath(new URL("./main.ts", import.meta.url));
  const source = ["-C", "@worldmodels/source", "--import", "tsx"];
  const child = spawn(process.execPath, [
    ...source,
    main,
    `--listen=${address}`,
    "--stop-on-stdin-end=true",
    ...flags,
  ]);
  const exit = once(child, "close");
  t.after(async () => {
    child.kill("SIGKILL");
    await exit;
    rmSync(folder, { recursive: true, force: true });
  });
  const events: string[] = [];
  const connection = connect(address);
  t.after(() => {
    connection.close();
  });
  const lines = createInterface({ input: child.stdout });
  await new Promise<void>((resolve, reject) => {
    lines.on("line", (line) => {
      const { event } = JSON.parse(line) as { event: string };
      events.push(event);
      if (event === "listening") resolve();
    });
    child.on("close", (code) => {
      reject(new Error(`the service ended with ${code}`));
    });
  });
  await waitUntilServing(connection, { service: "worldmodels.env.v1.EnvService", timeoutMs: 10_000 });
  return {
    connection,
    events,
    async stop() {
      child.kill("SIGTERM");
      const [code] = (await exit) as [number | null];
      return code;
    },
  };
}

test("the process serves CarRacing, says when it is full, and ends its sessions and itself at SIGTERM", async (t) => {
  const service = await startProcess(t, ["--max-slots=20"]);
  const { connection } = service;
  const client = createClient(EnvServiceService, connection);
  const listed = await client.listEnvs({}, { deadlineMs: 5000 });
  assert.deepEqual(
    listed.envs.map(({ envId }) => envId),
    ["CarRacing-v3", "CarRacing-v0"],
  );
  assert.deepEqual([listed.maxSlots, listed.freeSlots, listed.maxSessions], [20, 20, 64]);
  const limit = listed.envs[0]?.settings.find(({ name }) => name === "max_episode_steps");
  assert.equal(limit?.description, "integer, 1 or more, default 1000");

  const env = await openRemoteEnv(connection, {
    envId: "CarRacing-v3",
    numEnvs: 16,
    settings: { max_episode_steps: 3 },
    observations: ["wm64"],
  });
  assert.equal(env.spec.maxEpisodeSteps, 3);
  await env.reset({ seeds: 1n });
  const steps = await Promise.all([1, 2, 3].map(() => env.step(new Float32Array(48))));
  assert.deepEqual(
    steps.map(({ stepNumbers }) => stepNumbers[15]),
    [1, 2, 3],
  );
  const [, , last] = steps;
  assert.ok(last);
  assert.equal(last.endedEpisodes[15]?.seed, 16n);
  assert.equal(last.observations["wm64"]?.length, 16 * 64 * 64 * 3);

  await assert.rejects(openRemoteEnv(connection, { envId: "CarRacing-v3", numEnvs: 5 }), {
    code: "resource-exhausted",
    message: /no room for 5 slots: 4 of this server's 20 slots are free/,
  });
  for (const envId of ["dream:/etc", "CarRacing-v4", "grpc://elsewhere/CarRacing-v3"]) {
    await assert.rejects(openRemoteEnv(connection, { envId }), {
      code: "not-found",
      message: `this service has no environment "${envId}"; it has CarRacing-v3 and CarRacing-v0 (dreams are served by the predictor)`,
    });
  }

  assert.equal(await service.stop(), 0);
  await assert.rejects(env.step(new Float32Array(48)), { code: "unavailable" });
  assert.deepEqual(service.events, ["configuration", "listening", "stopping", "stopped"]);
});
