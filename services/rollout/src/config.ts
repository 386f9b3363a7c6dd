import { serverSettings } from "@worldmodels/grpc-kit";
import { jobSettings } from "@worldmodels/job-grpc";

const ofJobs = jobSettings("rollout");

/** The rollout service's settings besides those that all services have; `store` and `jobs` say where its data is. */
export const rolloutSettings = {
  listen: { ...serverSettings.listen, default: "127.0.0.1:50055" },
  ...ofJobs,
  workers: {
    ...ofJobs.workers,
    doc: "Worker processes of each setup that Evaluate plays, and of a job; 0 for one per core. Never changes a result",
  },
  max_pools: {
    type: "integer",
    default: 2,
    minimum: 1,
    maximum: 64,
    doc: "Setups (environment, models, slots) whose workers are kept at a time; idle ones are closed after a minute",
  },
  max_waiting: {
    type: "integer",
    default: 64,
    minimum: 0,
    maximum: 65_536,
    doc: "Calls of Evaluate that may wait for their setup's workers; more are refused",
  },
} as const;
