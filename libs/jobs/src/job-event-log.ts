import { isPlainObject } from "@worldmodels/artifacts";
import { open, readFile } from "node:fs/promises";
import type { JobState } from "./job-record.js";
import { isJobState } from "./parse-job-record.js";

/** A durable event: a line for people, or a state that the job came into. Its number is its place, from 1. */
export type LoggedEvent = { readonly line: string } | { readonly state: JobState };

/** A job's durable events on disk, one JSON object a line. One process writes at a time. */
export interface JobEventLog {
  /** The events that the file held when it was opened. */
  readonly events: readonly LoggedEvent[];
  /**
   * Writes events behind those before; they survive the end of this process. Where that fails they are written with
   * the next ones.
   *
   * @throws what the disk says
   */
  append(events: readonly LoggedEvent[]): Promise<void>;
}

/** What stands for an event that the disk has lost, so that the others keep their numbers. */
const DAMAGED: LoggedEvent = { line: "(this event is damaged on disk)" };

/** Reads the log; a torn last line, as a kill leaves behind, is dropped. A file that cannot be read has no events. */
export async function openJobEventLog(path: string): Promise<JobEventLog> {
  const content = await readFile(path).catch(() => Buffer.alloc(0));
  let wholeBytes = content.lastIndexOf("\n") + 1;
  const events = content.toString("utf8", 0, wholeBytes).split("\n").slice(0, -1).map(parseEvent);
  let count = events.length;
  let unwritten = "";
  // Behind the last whole line there may be a part of one, from before or from a write that failed half way.
  let isClean = false;
  return {
    events,
    async append(added) {
      const at = new Date().toISOString();
      for (const event of added) unwritten += `${JSON.stringify({ sequence: ++count, at, ...event })}\n`;
      const bytes = Buffer.from(unwritten);
      const file = await open(path, "a");
      try {
        if (!isClean) await file.truncate(wholeBytes);
        isClean = false;
        await file.appendFile(bytes);
        isClean = true;
      } finally {
        await file.close();
      }
      wholeBytes += bytes.length;
      unwritten = "";
    },
  };
}

function parseEvent(text: string): LoggedEvent {
  try {
    const value: unknown = JSON.parse(text);
    if (!isPlainObject(value)) return DAMAGED;
    const { line, state } = value;
    if (typeof line === "string") return { line };
    return isJobState(state) ? { state } : DAMAGED;
  } catch {
    return DAMAGED;
  }
}
