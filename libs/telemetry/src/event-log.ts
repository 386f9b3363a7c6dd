import { currentTraceId } from "./tracing.js";

/** What a line says besides its time and its event; plain data. Undefined values are left out. */
export type LogFacts = Readonly<Record<string, unknown>>;

/** What every line of this process says; undefined where it keeps no log, as in a command for people. */
let standing: LogFacts | undefined;

/**
 * Begins this process's log: one JSON line per event on standard output.
 *
 * @param facts of every line, `service` among them
 */
export function openEventLog(facts: LogFacts): void {
  standing = facts;
}

/** What every line of the log says, or undefined where there is no log. */
export function standingFacts(): LogFacts | undefined {
  return standing;
}

/** Writes an event down, with the trace that it belongs to; nothing happens where there is no log. */
export function logEvent(event: string, facts: LogFacts = {}): void {
  if (standing === undefined) return;
  const { service, ...others } = standing;
  const trace = currentTraceId();
  const line = {
    time: new Date().toISOString(),
    service,
    event,
    ...others,
    ...(trace !== undefined && { trace }),
    ...facts,
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
