import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

/** What native libraries log through absl, whatever they are told: nothing in it is for a user. */
const LIBRARY_NOISE = /^(WARNING: All log messages before absl::|[IW]\d{4} \d\d:\d\d:\d\d|[IW]0000 )/;

/** Passes a child's output on, line by line, without the chatter of native libraries. */
export function forwardOutput(output: Readable, target: NodeJS.WritableStream): void {
  createInterface({ input: output }).on("line", (line) => {
    if (!LIBRARY_NOISE.test(line)) target.write(`${line}\n`);
  });
}
