export { counter, gauge, histogram, readGauge } from "./cells.js";
export type { CounterCell, GaugeCell, HistogramCell } from "./cells.js";
export {
  childContext,
  inheritEventLog,
  inheritTracing,
  jobProcessEnv,
  workerProcessEnv,
} from "./child-context.js";
export { addCounts, takeCounts } from "./counts.js";
export type { Counts } from "./counts.js";
export { envLabel } from "./env-label.js";
export { logEvent, openEventLog } from "./event-log.js";
export type { LogFacts } from "./event-log.js";
export { forwardOutput } from "./forward-output.js";
export { serveMetrics } from "./serve-metrics.js";
export { startTracing, stopTracing } from "./start-tracing.js";
export { currentTraceparent, isTracing, startSpan, traceIdOf, withSpan } from "./tracing.js";
export type { OpenSpan } from "./tracing.js";
