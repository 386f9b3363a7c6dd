import { isDomainError } from "@worldmodels/errors";
import { inheritEventLog, logEvent, takeCounts } from "@worldmodels/telemetry";
import type { FromWorker, ToWorker } from "./protocol.js";

/**
 * The child's side of the pool's protocol: prepares once, then answers tasks, many at a time.
 *
 * @param prepare makes the function that runs one task; it is given a counter of environment steps to add to
 */
export function serveTasks<Setup, Task, Result>(
  prepare: (setup: Setup, addSteps: (steps: number) => void) => Promise<(task: Task) => Promise<Result>>,
): void {
  inheritEventLog("worker");
  let steps = 0;
  let runTask: Promise<(task: Task) => Promise<Result>> | undefined;

  const send = (message: FromWorker) => {
    // A parent that has just died shows as a closed channel, below; the failure to tell it says nothing more.
    if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
  };
  const fail = (error: unknown) => {
    const code = isDomainError(error) ? error.code : "bug";
    const message = isDomainError(error) ? error.message : `a rollout worker failed: ${describeBug(error)}`;
    send({ type: "failed", code, message });
  };
  const answer = async (id: number, task: Task) => {
    if (runTask === undefined) throw new Error("a task came before the setup");
    const result = await (await runTask)(task);
    send({ type: "result", id, result, counts: takeCounts() });
  };

  process.on("message", (message: ToWorker) => {
    if (message.type === "setup") {
      runTask = prepare(message.setup as Setup, (count) => (steps += count));
      runTask.then(() => {
        logEvent("worker-ready");
        send({ type: "ready" });
      }, fail);
    } else {
      answer(message.id, message.task as Task).catch(fail);
    }
  });
  // The parent is gone: nothing that is done here could reach anybody.
  process.on("disconnect", () => process.exit(0));
  // It may have gone while this process was still loading, before anybody listened.
  if (!process.connected) process.exit(0);
  // Ctrl-C goes to the whole process group; the parent decides when its workers end.
  process.on("SIGINT", () => undefined);

  setInterval(() => {
    send({ type: "pulse", steps, rssBytes: process.memoryUsage.rss(), counts: takeCounts() });
    steps = 0;
  }, 1000);
}

function describeBug(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
