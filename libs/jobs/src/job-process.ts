import { DomainError } from "@worldmodels/errors";
import { fork } from "node:child_process";
import { forwardOutput } from "./forward-output.js";
import type { FromJob, ToJob } from "./messages.js";

/** How one attempt of a job ended: by its own word, or without one. */
export type AttemptEnd =
  Extract<FromJob, { type: "succeeded" | "failed" }> | { readonly type: "died"; readonly how: string };

/**
 * Runs one attempt of a job in a child process, to its end.
 *
 * @param signal asks the child to stop, and after `graceMs` ends it
 */
export function runAttempt(
  start: Extract<ToJob, { type: "start" }>,
  options: {
    readonly onMessage: (message: Extract<FromJob, { type: "progress" | "say" }>) => void;
    readonly signal: AbortSignal | undefined;
    readonly graceMs: number;
    readonly env: Readonly<Record<string, string>>;
  },
): Promise<AttemptEnd> {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const child = fork(new URL(`./job-main.${extension}`, import.meta.url), {
    serialization: "advanced",
    env: { ...process.env, ...options.env },
    // Native libraries print what they like; the parent's output is for its own words.
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  for (const output of [child.stdout, child.stderr]) {
    if (output !== null) forwardOutput(output, process.stderr);
  }
  const post = (message: ToJob) => {
    if (child.connected) child.send(message, () => undefined);
  };
  return new Promise((resolve) => {
    let word: Extract<FromJob, { type: "succeeded" | "failed" }> | undefined;
    let graceTimer: NodeJS.Timeout | undefined;
    const stop = () => {
      post({ type: "abort" });
      graceTimer = setTimeout(() => child.kill("SIGKILL"), options.graceMs);
    };
    const settle = (end: AttemptEnd) => {
      clearTimeout(graceTimer);
      options.signal?.removeEventListener("abort", stop);
      resolve(end);
    };
    child.on("message", (message) => {
      const told = message as FromJob;
      if (told.type === "succeeded" || told.type === "failed") word = told;
      else options.onMessage(told);
    });
    child.on("error", (error) => {
      settle({ type: "died", how: `could not be started: ${error.message}` });
    });
    child.on("exit", (code, signalName) => {
      const how =
        signalName === null ? `ended with exit code ${code ?? "unknown"}` : `was killed by ${signalName}`;
      settle(word ?? { type: "died", how });
    });
    options.signal?.addEventListener("abort", stop, { once: true });
    post(start);
    if (options.signal?.aborted === true) stop();
  });
}

/** The reason that an aborted signal carries, as an error that says so. */
export function cancelledBy(signal: AbortSignal | undefined): DomainError {
  const reason: unknown = signal?.reason;
  return reason instanceof DomainError ? reason : new DomainError("cancelled", "the job was stopped");
}
