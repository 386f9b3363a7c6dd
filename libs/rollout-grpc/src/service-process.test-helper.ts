import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A rollout service that listens, in a process of its own. */
export interface ServiceProcess {
  readonly address: string;
  /** SIGKILL; resolves when it is dead. */
  kill(): Promise<void>;
}

export async function startServiceProcess(socket: string, storeRoot: string): Promise<ServiceProcess> {
  const script = fileURLToPath(new URL("./rollout-service.test-worker.ts", import.meta.url));
  const child = spawn(process.execPath, [...process.execArgv, script, socket, storeRoot], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return {
    address: `unix:${socket}`,
    kill: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}
