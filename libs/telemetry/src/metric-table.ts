/** What one metric is, for whoever writes it, reads it or documents it. */
export interface MetricDescription {
  readonly type: "counter" | "gauge" | "histogram";
  readonly labels: readonly string[];
  /** One sentence without a full stop; shown by Prometheus, and in docs/telemetry.md. */
  readonly help: string;
  /** Upper bounds of a histogram's buckets, ascending; above the last there is one more. */
  readonly buckets?: readonly number[];
}

/** From a unary call of a millisecond to a stream of an hour. */
const RPC_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600, 3600];
const JOB_BUCKETS = [1, 5, 15, 60, 300, 900, 3600, 14_400, 43_200, 172_800];

/** Every metric of every service. A service exposes all of them; those that it has nothing to say of have no samples. */
export const metricTable = {
  worldmodels_build_info: {
    type: "gauge",
    labels: ["service", "version", "commit", "node"],
    help: "1, with what runs here in its labels; commit is unknown where WORLDMODELS_COMMIT is not set",
  },
  worldmodels_start_time_seconds: {
    type: "gauge",
    labels: [],
    help: "When the process began, seconds since 1970",
  },
  worldmodels_rpc_seconds: {
    type: "histogram",
    labels: ["service", "method", "code"],
    buckets: RPC_BUCKETS,
    help: "Time from a call's request to its end, of streams from their first to their last message",
  },
  worldmodels_rpcs_in_flight: {
    type: "gauge",
    labels: ["service", "method"],
    help: "Calls and streams that are under way",
  },
  worldmodels_env_steps_total: {
    type: "counter",
    labels: ["env", "by"],
    help: "Steps of single slots, by who asked for them: a session of EnvService, Evaluate, or a job",
  },
  worldmodels_env_episodes_total: {
    type: "counter",
    labels: ["env", "by"],
    help: "Episodes that came to an end, by who asked for them: session, evaluate or job",
  },
  worldmodels_env_busy_seconds_total: {
    type: "counter",
    labels: ["env"],
    help: "Time that sessions' environments took to step and reset",
  },
  worldmodels_env_slots: {
    type: "gauge",
    labels: ["env"],
    help: "Slots of the sessions that are open",
  },
  worldmodels_engine_faults_total: {
    type: "counter",
    labels: ["env"],
    help: "Slots whose engine died, or was lost with the Python child that had it",
  },
  worldmodels_python_child_restarts_total: {
    type: "counter",
    labels: ["env", "reason"],
    help: "Python children started in the place of another: lost, or worn and replaced between episodes",
  },
  worldmodels_model_rows_total: {
    type: "counter",
    labels: ["model", "call"],
    help: "Rows that were answered: frames encoded, latents decoded, sequences predicted or sampled",
  },
  worldmodels_model_batches_in_flight: {
    type: "gauge",
    labels: ["model", "call"],
    help: "Batches of rows that a model is at work on, or that wait for it",
  },
  worldmodels_worker_deaths_total: {
    type: "counter",
    labels: [],
    help: "Worker processes that ended unasked, of pools of this service and of its jobs",
  },
  worldmodels_worker_restarts_total: {
    type: "counter",
    labels: [],
    help: "Worker processes started in the place of one that died",
  },
  worldmodels_jobs: {
    type: "gauge",
    labels: ["stage", "state"],
    help: "Jobs that wait (QUEUED) or run (RUNNING)",
  },
  worldmodels_job_seconds: {
    type: "histogram",
    labels: ["stage", "state"],
    buckets: JOB_BUCKETS,
    help: "Time from a job's turn to its end in this process, by the state it ended in; INTERRUPTED where the service stopped",
  },
  worldmodels_job_process_deaths_total: {
    type: "counter",
    labels: ["stage"],
    help: "Processes of jobs that ended without a word; the job goes on from its checkpoint",
  },
  worldmodels_event_loop_lag_seconds: {
    type: "gauge",
    labels: ["quantile"],
    help: "How late timers went off since the metrics were last read: median, 99th percentile and greatest",
  },
  worldmodels_resident_memory_bytes: {
    type: "gauge",
    labels: [],
    help: "Resident memory of the service's own process, without its children",
  },
  worldmodels_heap_used_bytes: { type: "gauge", labels: [], help: "Memory of JavaScript objects" },
  worldmodels_cpu_seconds_total: {
    type: "counter",
    labels: ["mode"],
    help: "Processor time of the service's own process, in user and system mode",
  },
} as const satisfies Readonly<Record<string, MetricDescription>>;

export type MetricTable = typeof metricTable;
export type MetricName = keyof MetricTable;
/** Names of the metrics of a type. */
export type NameOf<Type extends MetricDescription["type"]> = {
  [Name in MetricName]: MetricTable[Name]["type"] extends Type ? Name : never;
}[MetricName];
/** A value for every label of a metric. */
export type LabelsOf<Name extends MetricName> = Readonly<Record<MetricTable[Name]["labels"][number], string>>;

/** The unit that a metric's name ends with; the rest counts things. */
export function unitOf(name: string): "seconds" | "bytes" | "1" {
  if (/_seconds(_total)?$/.test(name)) return "seconds";
  return name.endsWith("_bytes") ? "bytes" : "1";
}
