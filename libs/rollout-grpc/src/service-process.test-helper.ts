import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A rollout service that listens, in a process of its own. */
export interface ServiceProcess {
  readonly address: string;
  /** SIGKILL; resolves when it is dead. */
  kill(): Promise<void>;
}

/** @param place a socket's path, or host:port */
export async function startServiceProcess(place: string, storeRoot: string): Promise<ServiceProcess> {
  const listen = place.startsWith("/") ? `unix:${place}` : place;
  const script = fileURLToPath(new URL("./rollout-service.test-worker.ts", import.meta.url));
  const child = spawn(process.execPath, [...process.execArgv, script, listen, storeRoot], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(child.stdout.setEncoding("utf8"), "data")) as [string];
  return {
    address: line.trim(),
    kill: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}
