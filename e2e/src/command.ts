import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The built command line: what a user runs. `npm test` builds it first. */
const main = fileURLToPath(new URL("../../tools/cli/dist/main.js", import.meta.url));

export interface Finished {
  /** Exit code, or null where a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly process: ChildProcess;
  readonly finished: Promise<Finished>;
}

/**
 * Starts `worldmodels` with these arguments.
 *
 * @param onLine is given every line of standard output as it comes
 * @param options `cwd`: the folder to run in; default: this process's; `env`: variables besides this process's
 */
export function start(
  args: readonly string[],
  onLine: (line: string) => void = () => undefined,
  { cwd, env = {} }: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Running {
  const child = spawn(process.execPath, [main, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    cwd,
    // The tests' own flags (source condition, tsx) are not the user's.
    env: { ...process.env, NODE_OPTIONS: "", ...env },
  });
  let stdout = "";
  let stderr = "";
  let unread = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
    unread += chunk.toString();
    const lines = unread.split("\n");
    unread = lines.pop() ?? "";
    lines.forEach(onLine);
  });
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const finished = new Promise<Finished>((resolve) => {
    child.on("close", (code) => {
      resolve({ code, stdout, stderr });
    });
  });
  return { process: child, finished };
}

export function run(...args: readonly string[]): Promise<Finished> {
  return start(args).finished;
}
