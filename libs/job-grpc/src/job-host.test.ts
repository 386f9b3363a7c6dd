import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, test } from "node:test";
import { openJobHost } from "./job-host.js";

const folder = mkdtempSync(join(tmpdir(), "job-host-"));
after(() => {
  rmSync(folder, { recursive: true });
});
afterEach(() => {
  delete process.env["WORLDMODELS_ENVIRONMENTS"];
});
const settings = {
  ...{ store: join(folder, "artifacts"), jobs: join(folder, "jobs") },
  ...{ workers: 1, max_running_jobs: 1 },
};

test("a job host serves its jobs and its store's artifacts", async () => {
  const host = openJobHost(settings, { log: () => undefined });
  assert.deepEqual(
    host.served.map(({ name }) => name),
    ["worldmodels.job.v1.JobService", "worldmodels.artifact.v1.ArtifactService"],
  );
  await host.close();
});

test("a job host says at its start where its jobs open environments", async () => {
  process.env["WORLDMODELS_ENVIRONMENTS"] = "vizdoom=grpc://doom:50056";
  const logged: unknown[] = [];
  const host = openJobHost(settings, { log: (event, facts) => logged.push({ event, ...facts }) });
  assert.deepEqual(logged, [{ event: "environments", places: { vizdoom: "grpc://doom:50056" } }]);
  await host.close();
});

test("a place of environments that is wrong is refused at the start of a service, not in a job", () => {
  process.env["WORLDMODELS_ENVIRONMENTS"] = "vizdoom=doom:50056";
  assert.throws(() => openJobHost(settings, { log: () => undefined }), {
    code: "invalid-argument",
    message: /^WORLDMODELS_ENVIRONMENTS: "vizdoom=doom:50056" has "doom:50056" for an address/,
  });
});
