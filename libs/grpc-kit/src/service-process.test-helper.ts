// A service in a process of its own, which tests can kill. Run as a program it is that service.
import { JobServiceService } from "@worldmodels/proto/job";
import { spawn } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { runService } from "./run-service.js";
import { jobOf } from "./serving.test-helper.js";
import { serve } from "./service-handlers.js";

/** One line of the log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly event: string };

export interface ServiceProcess {
  readonly child: ChildProcessWithoutNullStreams;
  /** What it has written so far. */
  readonly log: LogLine[];
  /** The next line of this event, which may have come already. */
  logged(event: string): Promise<LogLine>;
  /** Its exit code or signal, and standard error. */
  readonly ended: Promise<{ readonly code: number | string | null; readonly errors: string }>;
}

/** Starts the service below with these flags; it is killed when its test ends. */
export function startProcess(
  t: TestContext,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ServiceProcess {
  const child = spawn(
    process.execPath,
    ["-C", "@worldmodels/source", "--import", "tsx", fileURLToPath(import.meta.url), ...args],
    { env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "pipe"] },
  );
  t.after(() => child.kill("SIGKILL"));
  const log: LogLine[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    log.push(line.startsWith("{") ? (JSON.parse(line) as LogLine) : { event: "text", line });
    for (const look of waiting) look();
  });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  const ended = (once(child, "close") as Promise<[number | null, string | null]>).then(([code, signal]) => ({
    code: code ?? signal,
    errors,
  }));
  return {
    child,
    log,
    ended,
    logged: (event) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const line = log.find((line) => line.event === event);
          if (line === undefined) return;
          waiting.delete(look);
          resolve(line);
        };
        waiting.add(look);
        look();
        void ended.then(() => {
          reject(new Error(`it ended without saying ${event}: ${errors}`));
        });
      }),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await runService({
    name: "test-jobs",
    version: "1.2.3",
    about: "Jobs that do nothing.",
    settings: {
      rows: { type: "integer", default: 7, minimum: 1, maximum: 9, doc: "Rows" },
      fail: { type: "boolean", default: false, doc: "Fails while it starts" },
    },
    create: async (settings, { log }) => {
      if (settings.fail) throw new TypeError("a bug at the start");
      return {
        services: [
          serve(JobServiceService, {
            getJob: async ({ id }) => ({ job: jobOf(id) }),
            listJobs: () => {
              log("begun");
              return new Promise(() => undefined);
            },
            async *watchJob() {
              yield { sequence: 1n, line: undefined, job: undefined };
              await new Promise(() => undefined);
            },
            cancelJob: () => {
              throw new TypeError("a bug in a call");
            },
          }),
        ],
        onListening: async () => {
          log("ready");
        },
        close: async () => {
          log("closed");
        },
      };
    },
  });
}
