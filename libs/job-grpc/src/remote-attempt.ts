import { createServicePeer } from "@worldmodels/artifact-grpc";
import { createArtifactStore } from "@worldmodels/artifacts";
import type { ArtifactPeer, ArtifactStore } from "@worldmodels/artifacts";
import { DomainError, isDomainError } from "@worldmodels/errors";
import { createClient } from "@worldmodels/grpc-kit";
import type { CallOptions, Connection } from "@worldmodels/grpc-kit";
import { jobKey } from "@worldmodels/jobs";
import type { JobAttempt, JobDefinition } from "@worldmodels/jobs";
import type { StageName } from "@worldmodels/pipeline/stages";
import { JobServiceService } from "@worldmodels/proto/job";
import type { Job, WatchJobResponse } from "@worldmodels/proto/job";
import { followJob } from "./follow-job.js";
import { fromJobMessage } from "./job-message.js";
import { stageCalls } from "./stage-calls.js";
import { transferOptions } from "./transfer-options.js";

/** Where a stage runs. */
export interface StagePlace {
  readonly connection: Connection;
  /** Starts the job there, or finds the one that runs or is done. */
  readonly start: (definition: JobDefinition, options: CallOptions) => Promise<Job>;
  /** The service's store: inputs are sent to it before the start, and what the job made is fetched from it. */
  readonly artifacts: ArtifactPeer;
}

export interface RemoteAttemptOptions {
  readonly placeOf: (stage: string) => StagePlace;
  /** How long a service may be out of reach before the job is given up; default 60,000 ms. */
  readonly patienceMs?: number;
}

type Hooks = Parameters<JobAttempt>[1];
type End = Awaited<ReturnType<JobAttempt>>;

/** Longest wait for the answer to a start: the inputs are looked up on the service's disk. */
const START_DEADLINE_MS = 30_000;

/**
 * A stage at the service that offers it.
 *
 * @param artifacts the service's store; default: as the service itself offers it
 */
export function placeAtService(
  stage: StageName,
  connection: Connection,
  artifacts: ArtifactPeer = createServicePeer(connection),
): StagePlace {
  const call = stageCalls[stage];
  return {
    connection,
    artifacts,
    start: (definition, options) =>
      call.start(connection, definition, { ...options, deadlineMs: START_DEADLINE_MS }),
  };
}

/**
 * Runs attempts of jobs at services instead of in child processes: lines, progress and the result are as if the job ran
 * here. What the job takes is brought there, and what it made is brought here. Survives a service that is killed and started
 * again. To stop an attempt cancels the job at its service.
 */
export function createRemoteAttempt(options: RemoteAttemptOptions): JobAttempt {
  const { placeOf, patienceMs = 60_000 } = options;
  return async ({ definition, origin, storeRoot }, hooks) => {
    const { signal } = hooks;
    const place = placeOf(definition.stage.name);
    const { connection, start, artifacts } = place;
    const own = createArtifactStore(storeRoot);
    let id: string | undefined;
    try {
      const job = await followJob({
        connection,
        start: async () => {
          // Each time: a service that comes back may have lost its disk, or have been left in mid-artifact.
          for (const ref of Object.values(definition.inputs)) {
            await artifacts.send(ref, own, transferOptions(hooks, "sends", ref));
          }
          const started = await start(definition, { signal, run: origin?.run });
          assertSameJob(definition, started, connection);
          id = started.id;
          return started;
        },
        onEvent: (event) => {
          forward(event, hooks);
        },
        onContact: (line) => {
          hooks.onMessage({ type: "say", line });
        },
        signal,
        patienceMs,
      });
      return await endOf(job, place, own, hooks);
    } catch (error) {
      if (signal?.aborted === true && id !== undefined) await cancelThere(connection, id, hooks);
      return failed(error);
    }
  };
}

function forward({ line, job }: WatchJobResponse, hooks: Hooks): void {
  if (line !== undefined) hooks.onMessage({ type: "say", line });
  else if (job?.progress !== undefined) {
    const { done, total, unit, metrics, labels } = job.progress;
    hooks.onMessage({ type: "progress", done, total, unit, metrics: { ...metrics, ...labels } });
  }
}

async function endOf(
  job: Job,
  { connection: { address }, artifacts: peer }: StagePlace,
  own: ArtifactStore,
  hooks: Hooks,
): Promise<End> {
  const { state, artifacts, facts, error } = fromJobMessage(job);
  if (state === "FAILED") {
    const { code, message } = error ?? { code: "bug", message: "its service does not say why" };
    // The reader's own prefix comes in front: the stage's name once is enough.
    const bare = message.startsWith(`${job.stage}: `) ? message.slice(job.stage.length + 2) : message;
    return { type: "failed", code, message: bare };
  }
  if (state === "CANCELLED") {
    const message = `it was cancelled at the service at ${address}; give the command again to go on`;
    return { type: "failed", code: "cancelled", message };
  }
  for (const ref of Object.values(artifacts)) {
    await peer.fetch(ref, own, transferOptions(hooks, "fetches", ref));
  }
  return { type: "succeeded", artifacts, facts };
}

/** Another version of a program makes another job of the same request; its result is not what was asked for. */
function assertSameJob(definition: JobDefinition, { id }: Job, { address }: Connection): void {
  const key = jobKey(definition);
  if (id === key) return;
  throw new DomainError(
    "failed-precondition",
    `the service at ${address} made job ${id.slice(0, 12)} of a request for job ${key.slice(0, 12)}; ` +
      "run services and command of one version",
  );
}

/** The job must not work on for nobody; a service that does not answer in time is left to itself. */
async function cancelThere(connection: Connection, id: string, { graceMs, onMessage }: Hooks): Promise<void> {
  const { cancelJob } = createClient(JobServiceService, connection);
  await cancelJob({ id }, { deadlineMs: graceMs }).catch((error: unknown) => {
    const why = isDomainError(error) ? error.message : String(error);
    onMessage({ type: "say", line: `the job may still run at ${connection.address}: ${why}` });
  });
}

function failed(error: unknown): End {
  if (isDomainError(error)) return { type: "failed", code: error.code, message: error.message };
  return { type: "failed", code: "bug", message: error instanceof Error ? error.message : String(error) };
}
