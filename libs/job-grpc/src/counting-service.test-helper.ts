import { createServicePeer, serveArtifacts } from "@worldmodels/artifact-grpc";
import { createArtifactStore } from "@worldmodels/artifacts";
import type { JsonObject } from "@worldmodels/artifacts";
import { parseAddress, serve, startServer } from "@worldmodels/grpc-kit";
import type { Connection, MethodDefinition } from "@worldmodels/grpc-kit";
import { createJobManager } from "@worldmodels/jobs";
import type { JobDefinition } from "@worldmodels/jobs";
import { Job } from "@worldmodels/proto/job";
import { join } from "node:path";
import { toJobMessage } from "./job-message.js";
import type { StagePlace } from "./remote-attempt.js";
import { serveJobs } from "./serve-jobs.js";

const module = new URL("./counting-stage.test-worker.ts", import.meta.url).href;

/** A job that counts: from `seed`, as many numbers as `total` says. Its inputs it does not look at. */
export function countingJob(
  config: JsonObject,
  seed = 10n,
  inputs: JobDefinition["inputs"] = {},
): JobDefinition {
  return {
    stage: { name: "counting", version: 1 },
    module,
    inputs,
    config: { total: 5, ...config },
    seed,
  };
}

interface Start {
  readonly config: JsonObject;
  readonly seed: string;
  readonly inputs: JobDefinition["inputs"];
}

/** How tests ask for such a job; the contracts have only real stages. */
const start: MethodDefinition<Start, Job> = {
  path: "/test.CountingService/Start",
  requestStream: false,
  responseStream: false,
  requestSerialize: (value) => Buffer.from(JSON.stringify(value)),
  requestDeserialize: (bytes) => JSON.parse(bytes.toString()) as Start,
  responseSerialize: (value) => Buffer.from(Job.encode(value).finish()),
  responseDeserialize: (bytes) => Job.decode(bytes),
};

/** A service that counts, on a unix socket and with its data in `folder`; goes on with what was interrupted. */
export async function startCountingService(folder: string) {
  const store = createArtifactStore(join(folder, "artifacts"));
  const manager = createJobManager({
    jobsFolder: join(folder, "jobs"),
    store,
    workers: 1,
    maxRunning: 2,
    moduleOf: () => module,
  });
  const definition = { start: start };
  const counting = serve(definition, {
    start: async ({ config, seed, inputs }: Start) => {
      for (const ref of Object.values(inputs)) await store.open(ref);
      return toJobMessage(await manager.start(countingJob(config, BigInt(seed), inputs)));
    },
  });
  const server = await startServer({
    listen: parseAddress(addressIn(folder), "listen"),
    services: [counting, serveJobs(manager), serveArtifacts(store)],
    reflection: false,
    onBug: (method, error) => {
      process.stderr.write(`${method}: ${String(error)}\n`);
    },
  });
  await manager.resume();
  return {
    store,
    async stop() {
      await server.stop({ graceMs: 10_000 });
      await manager.close();
    },
  };
}

export function addressIn(folder: string): string {
  return `unix:${join(folder, "service.sock")}`;
}

/** The counting service as the place of a stage. */
export function countingPlace(connection: Connection): StagePlace {
  return {
    connection,
    artifacts: createServicePeer(connection),
    start: ({ config, seed, inputs }) =>
      connection.unary(start, { config, seed: String(seed), inputs }, { deadlineMs: 10_000 }),
  };
}
