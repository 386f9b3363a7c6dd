import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** The containers of compose.yaml, and the port that each serves at; `certificates` serves none. */
export const servicePorts = {
  certificates: undefined,
  "car-racing-env": 50051,
  encoder: 50052,
  predictor: 50053,
  evolver: 50054,
  rollout: 50055,
  "vizdoom-env": 50056,
  "gymnasium-env": 50057,
} as const;
export type Container = keyof typeof servicePorts;
export const containers = Object.keys(servicePorts) as Container[];

/** Those that jobs run in, and the volumes of what they keep. */
const workers = ["rollout", "evolver", "encoder", "predictor"] as const;
const kept = ["artifacts", "jobs-encoder", "jobs-predictor", "jobs-evolver", "optimizers"];

const root = fileURLToPath(new URL("../..", import.meta.url));
/** Where a machine keeps its bundle of certificates, which builds need where the network looks into TLS. */
const machineCa = "/etc/ssl/certs/ca-certificates.crt";

export const project = "worldmodels-e2e";

/** Beside a cluster that somebody uses: another project, with other ports. */
export const projectEnv: NodeJS.ProcessEnv = {
  COMPOSE_PROJECT_NAME: project,
  COMPOSE_PROFILES: "car-racing,take-cover",
  WORLDMODELS_PORTS: "510",
  WORLDMODELS_WORKERS: "2",
  ...(existsSync(machineCa) && { WORLDMODELS_BUILD_CA: machineCa }),
};

/** Runs docker for the project; what fails says all that docker said. */
export async function docker(args: readonly string[], files: readonly string[] = []): Promise<string> {
  const COMPOSE_FILE = ["compose.yaml", ...files.map((file) => `e2e/docker/${file}`)].join(":");
  const env = { ...process.env, ...projectEnv, COMPOSE_FILE };
  const { stdout } = await promisify(execFile)("docker", args, { cwd: root, env, maxBuffer: 2 ** 28 });
  return stdout.trim();
}

export function compose(...args: readonly string[]): Promise<string> {
  return docker(["compose", ...args]);
}

/** Starts what does not run, and resolves when all are healthy. @param files overlays of compose.yaml beside this file */
export async function up(files: readonly string[] = []): Promise<void> {
  await docker(["compose", "up", "--detach", "--wait", "--quiet-pull"], files);
}

/** Ends all containers and deletes all that they kept. */
export async function down(): Promise<void> {
  await compose("down", "--volumes", "--timeout", "15");
}

/** As new: no artifact, no job, no optimizer; the same certificates. @param files as for `up` */
export async function renew(files: readonly string[] = []): Promise<void> {
  await compose("rm", "--stop", "--force", "--volumes", ...workers);
  await docker(["volume", "rm", ...kept.map((name) => `${project}_${name}`)]);
  await docker(["compose", "up", "--detach"], files);
}

/** Compose's name for the first container of a service. */
export function nameOf(container: Container): string {
  return `${project}-${container}-1`;
}

/** Runs a shell's line in a container. @returns its standard output */
export function shell(container: Container, line: string): Promise<string> {
  return docker(["exec", nameOf(container), "sh", "-c", line]);
}

/** Resolves when the container does what it is for: answers that it serves. */
export async function serving(container: Container): Promise<void> {
  const port = servicePorts[container];
  const check =
    port === undefined
      ? "test -s /certificates/host/tls.crt"
      : `exec node tools/setup/src/docker/check-health.mjs ${port}`;
  while (
    !(await shell(container, check).then(
      () => true,
      () => false,
    ))
  )
    await delay(500);
}
