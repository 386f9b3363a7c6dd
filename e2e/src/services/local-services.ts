import { connect, waitUntilServing } from "@worldmodels/grpc-kit";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createWriteStream, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { serviceNames } from "./service-host.js";
import type { ServiceHost, ServiceName } from "./service-host.js";

export interface LocalServicesOptions {
  /** Whether each service has a store of its own, as containers with volumes of their own do; default: they share one. */
  readonly ownStores?: boolean;
  /** Environment variables of a service, besides this process's. */
  readonly env?: (name: ServiceName) => NodeJS.ProcessEnv;
}

/** The built services as processes of this machine, on unix sockets below `folder`. None is started yet. */
export function localServices(
  folder: string,
  runs: string,
  { ownStores = false, env = () => ({}) }: LocalServicesOptions = {},
): ServiceHost {
  const shared = join(folder, "artifacts");
  const storeOf = (name: ServiceName) => (ownStores ? join(folder, "stores", name) : shared);
  const address = (name: ServiceName) => `unix:${join(folder, `${name}.sock`)}`;
  const flagsOf = (name: ServiceName): Record<string, string> => ({
    listen: address(name),
    ...(!name.endsWith("-env") && { store: storeOf(name), jobs: join(folder, "jobs", name), workers: "2" }),
    ...(name === "predictor" && { runs }),
    ...(name === "evolver" && { optimizers: join(folder, "optimizers"), rollouts: address("rollout") }),
  });
  mkdirSync(folder, { recursive: true });
  const clusterFile = join(folder, "cluster.json");
  const services = Object.fromEntries(serviceNames.map((name) => [name, address(name)]));
  writeFileSync(clusterFile, JSON.stringify({ ...(!ownStores && { store: shared }), services }));

  const running = new Map<ServiceName, { child: ChildProcess; ended: Promise<number | null> }>();
  const end = async (name: ServiceName, signal: NodeJS.Signals): Promise<number | null> => {
    const found = running.get(name);
    if (found === undefined) throw new Error(`${name} is not running`);
    running.delete(name);
    found.child.kill(signal);
    return found.ended;
  };
  return {
    clusterFile,
    address,
    async start(name) {
      if (running.has(name)) throw new Error(`${name} is running already`);
      const program = fileURLToPath(new URL(`../../../services/${name}/dist/main.js`, import.meta.url));
      const args = Object.entries(flagsOf(name)).map(([flag, value]) => `--${flag}=${value}`);
      const child = spawn(process.execPath, [program, ...args], {
        stdio: ["ignore", "pipe", "pipe"],
        env: { ...process.env, NODE_OPTIONS: "", ...env(name) },
      });
      const log = createWriteStream(join(folder, `${name}.log`), { flags: "a" });
      child.stdout.pipe(log, { end: false });
      child.stderr.pipe(log, { end: false });
      const ended = new Promise<number | null>((resolve) => {
        child.once("close", (code) => {
          log.end();
          resolve(code);
        });
      });
      running.set(name, { child, ended });
      const connection = connect(address(name));
      try {
        await Promise.race([
          waitUntilServing(connection, { timeoutMs: 30_000 }),
          ended.then((code) => {
            throw new Error(
              `${name} ended with exit code ${code} before it served; see ${folder}/${name}.log`,
            );
          }),
        ]);
      } finally {
        connection.close();
      }
    },
    kill: async (name) => {
      await end(name, "SIGKILL");
    },
    stop: (name) => end(name, "SIGTERM"),
    async close() {
      await Promise.all([...running.keys()].map((name) => end(name, "SIGTERM")));
    },
  };
}
