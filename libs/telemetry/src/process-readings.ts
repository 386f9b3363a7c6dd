import { monitorEventLoopDelay } from "node:perf_hooks";
import { counter, gauge, readGauge } from "./cells.js";

/** What is looked up when the metrics are read. */
export interface ProcessReadings {
  /** Brings the counters of this process up to date. */
  refresh(): void;
  stop(): void;
}

/** A timer goes off this often; what it is late is the lag. */
const RESOLUTION_MS = 20;

/** Begins to watch the event loop, and has memory, processor time and build told whenever the metrics are read. */
export function watchProcess(facts: { readonly service: string; readonly version: string }): ProcessReadings {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const commit = process.env["WORLDMODELS_COMMIT"] ?? "";
  gauge("worldmodels_build_info", {
    ...facts,
    commit: commit === "" ? "unknown" : commit,
    node: process.version,
  }).value = 1;
  gauge("worldmodels_start_time_seconds", {}).value = (Date.now() - 1000 * process.uptime()) / 1000;
  // Those without labels are shown from the start, so that a rate over them has a beginning.
  counter("worldmodels_worker_deaths_total", {});
  counter("worldmodels_worker_restarts_total", {});
  const ends = [
    readGauge("worldmodels_resident_memory_bytes", () => [[{}, process.memoryUsage.rss()]]),
    readGauge("worldmodels_heap_used_bytes", () => [[{}, process.memoryUsage().heapUsed]]),
    readGauge("worldmodels_event_loop_lag_seconds", () => {
      // The histogram has the whole time between two timers, of which the resolution was meant.
      const lag = (ns: number) => Math.max(0, (Number.isFinite(ns) ? ns : 0) / 1e9 - RESOLUTION_MS / 1000);
      const values = [
        [{ quantile: "0.5" }, lag(delay.percentile(50))],
        [{ quantile: "0.99" }, lag(delay.percentile(99))],
        [{ quantile: "1" }, lag(delay.max)],
      ] as const;
      delay.reset();
      return values;
    }),
  ];
  return {
    refresh() {
      const { user, system } = process.cpuUsage();
      counter("worldmodels_cpu_seconds_total", { mode: "user" }).value = user / 1e6;
      counter("worldmodels_cpu_seconds_total", { mode: "system" }).value = system / 1e6;
    },
    stop() {
      delay.disable();
      for (const end of ends) end();
    },
  };
}
