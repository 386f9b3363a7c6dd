import { openEventLog, standingFacts } from "./event-log.js";
import type { LogFacts } from "./event-log.js";
import { startTracing } from "./start-tracing.js";

/** What a process of ours tells its children about whom they work for, in one environment variable. */
export interface ChildContext {
  /** Whom what a child counts is counted for. */
  readonly by: "job" | "evaluate";
  /** What every line of a child's log says; undefined where its parent keeps no log. */
  readonly log?: LogFacts;
  /** The span that a child's own belong to, as W3C's header has it. */
  readonly traceparent?: string;
}

const VARIABLE = "WORLDMODELS_TELEMETRY";

/**
 * The environment variable for a job's process. The workers that it starts inherit it.
 *
 * @param facts of the job, for its log's lines; undefined values are left out
 */
export function jobProcessEnv(
  facts: LogFacts,
  traceparent: string | undefined,
): Readonly<Record<string, string>> {
  const standing = standingFacts();
  return variableOf({
    by: "job",
    ...(standing && { log: { ...standing, ...facts } }),
    ...(traceparent !== undefined && { traceparent }),
  });
}

/** The environment variable for a worker of this process: it works for whom this process works. */
export function workerProcessEnv(): Readonly<Record<string, string>> {
  const standing = standingFacts();
  return variableOf({ ...childContext(), ...(standing && { log: standing }) });
}

/** What this process's parent told it; one that nobody told anything plays for Evaluate. */
export function childContext(env: NodeJS.ProcessEnv = process.env): ChildContext {
  const text = env[VARIABLE];
  // Ours alone write it, so that what is no JSON is a bug.
  return text === undefined ? { by: "evaluate" } : (JSON.parse(text) as ChildContext);
}

/**
 * Goes on with the parent's log, if it keeps one.
 *
 * @param role what kind of process this is, as its lines say
 */
export function inheritEventLog(role: "job" | "worker"): void {
  const { log } = childContext();
  if (log !== undefined) openEventLog({ ...log, process: role, pid: process.pid });
}

/** Sends this process's spans where its parent's go. */
export function inheritTracing(): Promise<void> {
  const service = childContext().log?.["service"];
  return startTracing({ service: typeof service === "string" ? service : "worldmodels" });
}

function variableOf(context: ChildContext): Readonly<Record<string, string>> {
  return { [VARIABLE]: JSON.stringify(context) };
}
