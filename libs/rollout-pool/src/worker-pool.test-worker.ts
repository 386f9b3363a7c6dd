// A worker with manners of many kinds, for worker-pool.test.ts: the task says what it does.
import { DomainError } from "@worldmodels/errors";
import { childContext, counter } from "@worldmodels/telemetry";
import { existsSync, writeFileSync } from "node:fs";
import { serveTasks } from "./worker-loop.js";

export interface Manners {
  readonly value: number;
  /** Dies by its own SIGKILL where this file is not there yet, and makes it first. */
  readonly dieOnce?: string;
  readonly dieAlways?: boolean;
  readonly hangOnce?: string;
  readonly refuse?: boolean;
}

const firstTime = (file: string | undefined): boolean => {
  if (file === undefined || existsSync(file)) return false;
  writeFileSync(file, "");
  return true;
};

serveTasks<{ factor: number }, Manners, number>(async ({ factor }, addSteps) => {
  return async (task) => {
    if (firstTime(task.dieOnce) || task.dieAlways === true) process.kill(process.pid, "SIGKILL");
    if (firstTime(task.hangOnce)) for (;;);
    if (task.refuse === true) throw new DomainError("invalid-argument", `value ${task.value} is refused`);
    addSteps(1);
    counter("worldmodels_env_steps_total", { env: "manners", by: childContext().by }).add(10);
    return task.value * factor;
  };
});
