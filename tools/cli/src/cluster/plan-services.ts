import { DomainError } from "@worldmodels/errors";
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { serviceNames } from "./cluster-file.js";
import type { ClusterCertificates } from "./cluster-certificates.js";
import type { Cluster, ServiceName } from "./cluster-file.js";
import type { ServicePlan } from "./service-process.js";

export interface PlanOptions {
  /** Folder of everything that the services keep. */
  readonly folder: string;
  /** First of the ports on 127.0.0.1; left out for unix sockets. */
  readonly basePort?: number;
  /** Folder of run folders whose dreams the predictor serves. */
  readonly runs: string;
  /** Worker processes of each service that has some. */
  readonly workers: number;
  /** Mutual TLS between all of them, and with clients; only at ports. */
  readonly certificates?: ClusterCertificates | undefined;
  /** File of who may call. */
  readonly clientsFile?: string | undefined;
  /** File of the token that the cluster file names. */
  readonly tokenFile?: string | undefined;
}

/** Longer paths are no socket's; the rest of it is the longest name below. */
const LONGEST_SOCKET_FOLDER = 107 - "/car-racing-env.sock".length;

/** What each service is started with, and the cluster that they make together. */
export function planServices(options: PlanOptions): {
  readonly plans: readonly ServicePlan[];
  readonly cluster: Cluster;
} {
  const folder = resolve(options.folder);
  const sockets = socketFolder(folder);
  const addressOf = (name: ServiceName): string => {
    if (options.basePort === undefined) return `unix:${join(sockets, `${name}.sock`)}`;
    const port = options.basePort + serviceNames.indexOf(name);
    // By name where there is TLS, which has no way to ask for an address.
    if (port <= 65_535) return `${options.certificates === undefined ? "127.0.0.1" : "localhost"}:${port}`;
    throw new DomainError(
      "invalid-argument",
      `--base-port ${options.basePort} leaves no port for ${name}: at most ${65_536 - serviceNames.length}`,
    );
  };
  const store = join(folder, "artifacts");
  const jobs = (name: ServiceName) => ({
    store,
    jobs: join(folder, "jobs", name),
    workers: String(options.workers),
  });
  const flags: Readonly<Record<ServiceName, Readonly<Record<string, string>>>> = {
    "car-racing-env": {},
    "vizdoom-env": {},
    "gymnasium-env": {},
    encoder: jobs("encoder"),
    predictor: { ...jobs("predictor"), runs: resolve(options.runs) },
    evolver: {
      ...jobs("evolver"),
      optimizers: join(folder, "optimizers"),
      rollouts: addressOf("rollout"),
    },
    rollout: jobs("rollout"),
  };
  const { certificates, clientsFile, tokenFile } = options;
  if (certificates !== undefined && options.basePort === undefined) {
    throw new DomainError(
      "invalid-argument",
      "--certificates goes with --base-port: a unix socket is its owner's alone, and speaks no TLS",
    );
  }
  const plans = serviceNames.map((name): ServicePlan => {
    const tls = certificates?.ofService(name);
    return {
      name,
      address: addressOf(name),
      flags: {
        ...flags[name],
        ...(tls && { tls_cert: tls.cert, tls_key: tls.key, tls_client_ca: tls.ca }),
        ...(clientsFile !== undefined && { clients_file: resolve(clientsFile) }),
      },
      // What a service calls others with is its own certificate.
      env: tls
        ? {
            WORLDMODELS_TLS_CA: tls.ca,
            WORLDMODELS_TLS_CERT: tls.cert,
            WORLDMODELS_TLS_KEY: tls.key,
          }
        : {},
      tls,
      logFile: join(folder, "logs", `${name}.log`),
    };
  });
  const services = Object.fromEntries(plans.map(({ name, address }) => [name, address]));
  const cluster = {
    store,
    services,
    ...(certificates && { tls: certificates.ofClient }),
    ...(tokenFile !== undefined && { tokenFile: resolve(tokenFile) }),
  };
  return { plans, cluster };
}

/** Beside the rest where the path is short enough for a socket, else below the system's temporary folder. */
function socketFolder(folder: string): string {
  const beside = join(folder, "sockets");
  if (Buffer.byteLength(beside) <= LONGEST_SOCKET_FOLDER) return beside;
  const short = createHash("sha256").update(folder).digest("hex").slice(0, 12);
  return join(tmpdir(), `worldmodels-${short}`);
}
