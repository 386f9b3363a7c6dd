import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { logEvent, standingFacts } from "./event-log.js";
import type { LogFacts } from "./event-log.js";

/** What native libraries log through absl, whatever they are told: nothing in it is for a user. */
const LIBRARY_NOISE = /^(WARNING: All log messages before absl::|[IW]\d{4} \d\d:\d\d:\d\d|[IW]0000 )/;

/** The beginning of a line of our log, as `logEvent` writes it. */
const EVENT = /^\{"time":"\d{4}-/;

/**
 * Passes a child's output on, line by line, without the chatter of native libraries. Where this process keeps a log, events of
 * the child are lines of it, and anything else is an event `output`.
 *
 * @param target where it goes as it is while there is no log
 * @param facts of such events
 */
export function forwardOutput(output: Readable, target: NodeJS.WritableStream, facts: LogFacts = {}): void {
  createInterface({ input: output }).on("line", (line) => {
    if (LIBRARY_NOISE.test(line)) return;
    if (standingFacts() === undefined) target.write(`${line}\n`);
    else if (EVENT.test(line)) process.stdout.write(`${line}\n`);
    else logEvent("output", { ...facts, line });
  });
}
