import type { ErrorCode } from "@worldmodels/errors";
import type { Counts } from "@worldmodels/telemetry";

/** What the pool tells a worker process. Sent by structured clone, so typed arrays and bigints travel as they are. */
export type ToWorker =
  | { readonly type: "setup"; readonly setup: unknown }
  | { readonly type: "task"; readonly id: number; readonly task: unknown };

/** What a worker process tells the pool. */
export type FromWorker =
  | { readonly type: "ready" }
  /** `counts`: what the worker's metrics have counted since the last message with them. */
  | { readonly type: "result"; readonly id: number; readonly result: unknown; readonly counts: Counts }
  /** Sent every second while at work: steps since the last one, and memory. */
  | { readonly type: "pulse"; readonly steps: number; readonly rssBytes: number; readonly counts: Counts }
  /** The worker cannot go on, for a reason that another worker would meet too. */
  | { readonly type: "failed"; readonly code: ErrorCode | "bug"; readonly message: string };
