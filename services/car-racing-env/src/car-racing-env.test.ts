import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openRemoteEnv } from "@worldmodels/env-grpc";
import { createClient } from "@worldmodels/grpc-kit";
import { serviceStarter } from "@worldmodels/grpc-kit/testing";
import { EnvServiceService } from "@worldmodels/proto/env";

const startServiceProcess = serviceStarter(new URL("./main.ts", import.meta.url), { hasJobs: false });

test("the process serves CarRacing, says when it is full, and ends its sessions and itself at SIGTERM", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "wm-cars-"));
  const service = await startServiceProcess(folder, { max_slots: "20" });
  t.after(async () => {
    await service.stop("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });
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

  service.child.kill("SIGTERM");
  assert.equal(await service.exited, 0);
  await assert.rejects(env.step(new Float32Array(48)), { code: "unavailable" });
  assert.deepEqual(
    service.events.map(({ event }) => event),
    ["configuration", "listening", "stopping", "stopped"],
  );
});
