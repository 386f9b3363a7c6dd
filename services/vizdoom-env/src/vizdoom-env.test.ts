import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { describeVectorEnv } from "@worldmodels/env/conformance";
import { openRemoteEnv } from "@worldmodels/env-grpc";
import { createClient } from "@worldmodels/grpc-kit";
import { serviceStarter } from "@worldmodels/grpc-kit/testing";
import type { ServiceProcess } from "@worldmodels/grpc-kit/testing";
import { EnvServiceService } from "@worldmodels/proto/env";

const startServiceProcess = serviceStarter(new URL("./main.ts", import.meta.url), { hasJobs: false });
const folder = mkdtempSync(join(tmpdir(), "wm-vizdoom-"));
let service: ServiceProcess;

before(async () => {
  service = await startServiceProcess(folder);
});
after(async () => {
  await service.stop("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

// 46 tics pass before anything random shows, and 8 steps of 6 tics are a little more; nobody dies within them.
describeVectorEnv(
  "TakeCover behind vizdoom-env",
  ({ maxEpisodeSteps, ...options }) =>
    openRemoteEnv(service.connection, {
      envId: "vizdoom:TakeCover",
      settings: {
        screen: "160x120",
        frame_skip: 6,
        ...(maxEpisodeSteps !== undefined && { max_episode_steps: maxEpisodeSteps }),
      },
      ...options,
    }),
  { stepsToDiffer: 8 },
);

test("vizdoom-env says what it has, and has nothing else", async () => {
  const client = createClient(EnvServiceService, service.connection);
  const { envs } = await client.listEnvs({}, { deadlineMs: 5000 });
  assert.ok(envs.length > 0);
  for (const { envId } of envs) assert.match(envId, /^vizdoom:/);
  for (const envId of ["CarRacing-v3", "dream:/etc", "grpc://elsewhere/CarRacing-v3"]) {
    await assert.rejects(openRemoteEnv(service.connection, { envId }), {
      code: "not-found",
      message: /this service has no environment "/,
    });
  }
  await assert.rejects(openRemoteEnv(service.connection, { envId: "vizdoom:TakeCorver" }), {
    code: "not-found",
  });
});
