import {
  addCounts,
  currentTraceparent,
  forwardOutput,
  jobProcessEnv,
  traceIdOf,
} from "@worldmodels/telemetry";
import { fork } from "node:child_process";
import type { AttemptEnd, JobAttempt } from "./job-attempt.js";
import { jobKey } from "./job-record.js";
import type { FromJob, ToJob } from "./messages.js";

/**
 * Runs one attempt of a job in a child process, to its end.
 *
 * @param options `signal` asks the child to stop, and after `graceMs` ends it
 */
export const runAttempt: JobAttempt = (start, options) => {
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const { definition, origin = {} } = start;
  const traceparent = currentTraceparent();
  const logged = {
    job: jobKey(definition),
    stage: definition.stage.name,
    run: origin.run,
    identity: origin.identity,
    trace: traceIdOf(traceparent),
  };
  const child = fork(new URL(`./job-main.${extension}`, import.meta.url), {
    serialization: "advanced",
    env: { ...process.env, ...options.env, ...jobProcessEnv(logged, traceparent) },
    // Native libraries print what they like; the parent's output is for its own words.
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  for (const output of [child.stdout, child.stderr]) {
    if (output !== null) forwardOutput(output, process.stderr, { ...logged, process: "job", pid: child.pid });
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
      else if (told.type === "counts") addCounts(told.counts);
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
};
