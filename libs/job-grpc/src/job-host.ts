import { serveArtifacts } from "@worldmodels/artifact-grpc";
import { createArtifactStore } from "@worldmodels/artifacts";
import type { SettingsSchema } from "@worldmodels/config";
import { readEnvPlaces } from "@worldmodels/environments";
import type { ServedService } from "@worldmodels/grpc-kit";
import { createJobManager } from "@worldmodels/jobs";
import { stageModule, stageProcessEnv } from "@worldmodels/pipeline/stages";
import { availableParallelism } from "node:os";
import { JobQuota } from "./job-quota.js";
import { serveJobs } from "./serve-jobs.js";
import type { JobServiceName } from "./stage-calls.js";
import type { StageHost } from "./start-stage.js";

/** What a service that runs jobs can be told about them. */
export function jobSettings<Name extends JobServiceName>(service: Name) {
  return {
    store: {
      type: "string",
      default: "data/artifacts",
      doc: "Folder of the artifact store; services may share one",
    },
    jobs: {
      type: "string",
      default: `data/jobs/${service}`,
      doc: "Folder of this service's jobs, of no other's: records and checkpoints",
    },
    workers: {
      type: "integer",
      default: 0,
      minimum: 0,
      maximum: 1024,
      doc: "Worker processes of a job; 0 for one per core. Never changes a result",
    },
    max_running_jobs: {
      type: "integer",
      default: 1,
      minimum: 1,
      maximum: 64,
      doc: "Jobs that run at a time; more wait in the order in which they came",
    },
  } as const satisfies SettingsSchema;
}

/** A service's jobs and what serves them. */
export interface JobHost extends StageHost {
  /** JobService and ArtifactService, to be served beside the service's own. */
  readonly served: readonly ServedService[];
  /** Goes on with the jobs that a stop or a kill has interrupted; for `onListening`. */
  readonly resume: () => Promise<void>;
  /** Stops the jobs at their checkpoints; they go on at the next start. For `close`. */
  readonly close: () => Promise<void>;
}

export interface JobHostSettings {
  readonly store: string;
  readonly jobs: string;
  readonly workers: number;
  readonly max_running_jobs: number;
}

/**
 * Opens a service's store and jobs; nothing runs before `resume` or a start.
 *
 * @throws DomainError `invalid-argument` where WORLDMODELS_ENVIRONMENTS is wrong: its jobs would open environments by it
 */
export function openJobHost(
  settings: JobHostSettings,
  options: {
    readonly log: (event: string, facts?: Readonly<Record<string, unknown>>) => void;
    /** Addresses of rollout services that jobs may use instead of workers of their own. */
    readonly rollouts?: readonly string[];
  },
): JobHost {
  const { log, rollouts } = options;
  // What is wrong with it must show now, and not in the middle of a job that opens an environment.
  const { entries } = readEnvPlaces();
  if (Object.keys(entries).length > 0) log("environments", { places: entries });
  const store = createArtifactStore(settings.store);
  const manager = createJobManager({
    jobsFolder: settings.jobs,
    store,
    workers: settings.workers === 0 ? availableParallelism() : settings.workers,
    ...(rollouts && { rollouts }),
    maxRunning: settings.max_running_jobs,
    processEnv: stageProcessEnv,
    moduleOf: stageModule,
    onLine: (line, facts) => {
      log("job", { ...facts, line });
    },
  });
  return {
    store,
    manager,
    quota: new JobQuota(manager),
    served: [serveJobs(manager), serveArtifacts(store)],
    resume: async () => {
      for (const { stage, key } of await manager.resume()) log("resumed", { stage, job: key });
    },
    close: () => manager.close(),
  };
}
