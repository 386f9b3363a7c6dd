export { parseMetrics } from "./parse-metrics.js";
export type { ExposedMetrics, Sample } from "./parse-metrics.js";
export { startTraceReceiver } from "./trace-receiver.js";
export type { ReceivedSpan, TraceReceiver } from "./trace-receiver.js";
