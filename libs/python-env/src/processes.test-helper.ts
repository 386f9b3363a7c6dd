import assert from "node:assert/strict";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

/** Processes that this one has started, whatever they have started, and so on; Linux only. */
export function descendants(of: number): number[] {
  return childrenOf(of).flatMap((pid) => [pid, ...descendants(pid)]);
}

export function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8").split(" ").filter(Boolean).map(Number),
    );
  } catch {
    return [];
  }
}

/** The guards of Python children that a process has started. */
export function guardsBelow(pid: number = process.pid): number[] {
  return childrenOf(pid).filter((each) => linkOf(each, "exe").includes("python"));
}

/** All processes of Python children: guards, workers and engines. */
export function processesBelow(pid: number = process.pid): number[] {
  return guardsBelow(pid).flatMap((guard) => [guard, ...descendants(guard)]);
}

/** The engines of ViZDoom below a process. */
export function enginesBelow(pid: number = process.pid): number[] {
  return descendants(pid).filter((each) => linkOf(each, "exe").endsWith("/vizdoom/vizdoom"));
}

/** The Python processes that play, below the guards that a process has started. */
export function workersBelow(pid: number = process.pid): number[] {
  return guardsBelow(pid).flatMap((guard) => childrenOf(guard));
}

export function folderOf(pid: number): string {
  return linkOf(pid, "cwd");
}

/** Whether a process is there and no zombie. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** Waits until the condition holds, and fails with `what` after a minute. */
export async function until(what: string, holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    assert.ok(tries < 3000, what);
    await delay(20);
  }
}

/** What ends the names of the shared memory of an engine. */
export function instanceOf(engine: number): string {
  const words = readFileSync(`/proc/${engine}/cmdline`, "utf8").split("\0");
  return words[words.indexOf("+viz_instance_id") + 1] ?? "";
}

/** Names of the shared memory that there is of these engines. */
export function sharedMemory(instances: readonly string[]): string[] {
  return readdirSync("/dev/shm").filter((name) => instances.some((instance) => name.endsWith(instance)));
}

function linkOf(pid: number, name: string): string {
  try {
    return readlinkSync(`/proc/${pid}/${name}`);
  } catch {
    return "";
  }
}
