import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { connect } from "../connect.js";
import type { Connection } from "../connect.js";

/** A service in a process of its own, as it is deployed, on a unix socket. */
export interface ServiceProcess {
  readonly child: ChildProcess;
  readonly connection: Connection;
  /** Events of its log so far. */
  readonly events: readonly Readonly<Record<string, unknown>>[];
  /** What it wrote to standard error. */
  readonly stderr: () => string;
  /** How it ended: exit code, or the signal's name. */
  readonly exited: Promise<number | string>;
  /** @returns as `exited` */
  stop(signal: NodeJS.Signals): Promise<number | string>;
}

/**
 * Starts a service from source and waits until it listens.
 *
 * @param main the service's `main.ts`
 * @param options `hasJobs`: whether it takes the settings `store`, `jobs` and `workers`; default true
 * @returns a function of a folder for its data and its socket (a killed service's is taken up), and of further flags
 */
export function serviceStarter(
  main: URL,
  { hasJobs = true }: { readonly hasJobs?: boolean } = {},
): (folder: string, flags?: Readonly<Record<string, string>>) => Promise<ServiceProcess> {
  return (folder, flags = {}) => {
    const data = { store: join(folder, "artifacts"), jobs: join(folder, "jobs"), workers: "1" };
    return startServiceProcess(main, `unix:${join(folder, "service.sock")}`, {
      ...(hasJobs && data),
      ...flags,
    });
  };
}

async function startServiceProcess(
  main: URL,
  address: string,
  flags: Readonly<Record<string, string>>,
): Promise<ServiceProcess> {
  const all = Object.entries({ listen: address, stop_on_stdin_end: "true", ...flags });
  const child = spawn(
    process.execPath,
    [
      ...["-C", "@worldmodels/source", "--import", "tsx"],
      fileURLToPath(main),
      ...all.map(([name, value]) => `--${name.replaceAll("_", "-")}=${value}`),
    ],
    { stdio: ["pipe", "pipe", "pipe"] },
  );
  const exited = once(child, "close").then(([code, signal]) => (signal ?? code ?? -1) as number | string);
  const events: Record<string, unknown>[] = [];
  let errors = "";
  child.stderr.on("data", (text: Buffer) => (errors += text.toString()));
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const event = JSON.parse(line) as Record<string, unknown>;
      events.push(event);
      if (event["event"] === "listening") resolve();
    });
    void exited.then((how) => {
      reject(new Error(`the service ended with ${how}: ${errors}`));
    });
  });
  const connection = connect(address);
  return {
    child,
    connection,
    events,
    stderr: () => errors,
    exited,
    stop(signal) {
      connection.close();
      child.kill(signal);
      return exited;
    },
  };
}
