import { forwardOutput, workerProcessEnv } from "@worldmodels/telemetry";
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import type { FromWorker, ToWorker } from "./protocol.js";

/** One child process of the pool, as the pool sees it: tasks in, messages out, and one end. */
export interface WorkerProcess {
  readonly pid: number | undefined;
  send(message: ToWorker): void;
  /** Ends it at once; `onEnd` follows. */
  kill(): void;
}

export interface WorkerEvents {
  onMessage(message: FromWorker): void;
  /** Called once, however it ended; `how` is a phrase such as "was killed by SIGKILL". */
  onEnd(how: string): void;
}

/**
 * Forks `entry` (a module that speaks the protocol). A process and not a thread: a native crash, or a stop in
 * mid-inference, must cost one task and not everything. The child ends by itself when its channel closes, so
 * no orphan outlives a killed parent.
 */
export function startWorkerProcess(entry: URL, events: WorkerEvents): WorkerProcess {
  const child: ChildProcess = fork(entry, {
    serialization: "advanced",
    // Its maths runs on one thread each; the pool has as many processes as there are cores to use.
    env: { ...process.env, ...workerProcessEnv(), OMP_NUM_THREADS: "1" },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const facts = { process: "worker", pid: child.pid };
  if (child.stdout !== null) forwardOutput(child.stdout, process.stdout, facts);
  if (child.stderr !== null) forwardOutput(child.stderr, process.stderr, facts);
  let ended = false;
  const end = (how: string) => {
    if (ended) return;
    ended = true;
    events.onEnd(how);
  };
  child.on("message", (message) => {
    if (!ended) events.onMessage(message as FromWorker);
  });
  child.on("error", (error) => {
    child.kill("SIGKILL");
    end(`failed: ${error.message}`);
  });
  child.on("exit", (code, signal) => {
    end(signal === null ? `ended with exit code ${code ?? "unknown"}` : `was killed by ${signal}`);
  });
  return {
    pid: child.pid,
    send: (message) => {
      // A send to a child that has just died reports through `exit`; the error itself says nothing more.
      if (child.connected) child.send(message, () => undefined);
    },
    kill: () => {
      child.kill("SIGKILL");
    },
  };
}
