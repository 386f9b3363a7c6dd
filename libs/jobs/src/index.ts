export { listJobs } from "./job-record.js";
export type { JobRecord, JobState } from "./job-record.js";
export { createProgressMeter } from "./progress-meter.js";
export type { JobProgress, ProgressMeter } from "./progress-meter.js";
export { runJob } from "./run-job.js";
export type { RunJobOptions } from "./run-job.js";
export { lockFolder } from "./run-lock.js";
export type { JobDefinition, Stage, StageContext, StageResult } from "./stage.js";
