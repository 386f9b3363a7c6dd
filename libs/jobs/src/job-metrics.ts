import { counter, gauge, histogram, readGauge } from "@worldmodels/telemetry";
import { hasEnded } from "./job-record.js";
import type { JobRecord, JobState } from "./job-record.js";

const LIVE_STATES: readonly JobState[] = ["QUEUED", "RUNNING"];

/**
 * Shows how many jobs of each stage wait and run.
 *
 * @param live the jobs in hand
 * @returns ends that
 */
export function watchJobStates(live: () => readonly JobRecord[]): () => void {
  return readGauge("worldmodels_jobs", () =>
    live()
      .filter(({ state }) => LIVE_STATES.includes(state))
      .map(({ stage, state }) => [{ stage, state }, 1]),
  );
}

/** Times a job from now on; the function returned is told the state that it is in when this process leaves it. */
export function timeJob(stage: string): (state: JobState) => void {
  const startMs = performance.now();
  // A stage that has had a job is shown with 0 when it has none.
  for (const state of LIVE_STATES) gauge("worldmodels_jobs", { stage, state });
  counter("worldmodels_job_process_deaths_total", { stage });
  return (state) => {
    const label = hasEnded({ state }) ? state : "INTERRUPTED";
    histogram("worldmodels_job_seconds", { stage, state: label }).observe(
      (performance.now() - startMs) / 1000,
    );
  };
}
