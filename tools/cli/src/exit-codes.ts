import { isDomainError } from "@worldmodels/errors";
import type { ErrorCode } from "@worldmodels/errors";
import { CommanderError } from "commander";

/** 0 done; 1 failed; 2 the command itself was wrong; 130 stopped by Ctrl-C. */
export const ExitCode = { ok: 0, failure: 1, usage: 2, interrupted: 130 } as const;

/** Failures of what the command said: a value that is wrong, or a name that nothing has. */
const USAGE_CODES: ReadonlySet<ErrorCode> = new Set(["invalid-argument", "out-of-range", "not-found"]);

/** Tells a person what went wrong on standard error, in one sentence where it is known, and gives the exit code. */
export function reportError(error: unknown): number {
  if (error instanceof CommanderError) {
    // Commander has already printed its sentence, or the help that was asked for.
    return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
  }
  if (isDomainError(error)) {
    if (error.code === "cancelled") {
      console.error(`stopped: ${error.message}`);
      return ExitCode.interrupted;
    }
    console.error(`error: ${error.message}`);
    return USAGE_CODES.has(error.code) ? ExitCode.usage : ExitCode.failure;
  }
  console.error("error: this is a bug in worldmodels; please report it with the lines below");
  console.error(error);
  return ExitCode.failure;
}
