import { connect, tokenFromFile } from "@worldmodels/grpc-kit";
import type { Connection } from "@worldmodels/grpc-kit";
import { DomainError } from "@worldmodels/errors";
import { COMPOSE, findComposeCluster } from "./compose-cluster.js";
import { readCluster, serviceNames } from "./cluster-file.js";
import type { Cluster, ServiceName } from "./cluster-file.js";
import { createMovingConnection } from "./moving-connection.js";

/** The services of a cluster file, connected to when they are first asked for. */
export interface ClusterConnections {
  readonly cluster: Cluster;
  /** @throws DomainError `failed-precondition` where the cluster file has no such service */
  connection(name: ServiceName): Connection;
  /** Those that the file names. */
  readonly names: readonly ServiceName[];
  close(): void;
}

/** @param file path of a cluster file, or `compose` for the containers of compose.yaml on this machine */
export async function connectCluster(file: string): Promise<ClusterConnections> {
  const compose = file === COMPOSE ? await findComposeCluster() : undefined;
  const cluster = compose?.cluster ?? (await readCluster(file));
  const token = cluster.tokenFile === undefined ? undefined : tokenFromFile(cluster.tokenFile);
  const open = new Map<ServiceName, Connection>();
  return {
    cluster,
    names: serviceNames.filter((name) => cluster.services[name] !== undefined),
    connection(name) {
      const address = cluster.services[name];
      if (address === undefined) {
        throw new DomainError(
          "failed-precondition",
          file === COMPOSE
            ? `no container of ${name} runs; is its profile in COMPOSE_PROFILES?`
            : `${file} names no ${name}; add its address to "services"`,
        );
      }
      // A socket of this machine is as private as a file, and its path is in no certificate.
      const tls = address.startsWith("unix:") ? undefined : cluster.tls;
      const openAt = (place: string) => connect(place, { tls, token });
      const connection =
        open.get(name) ??
        (compose === undefined
          ? openAt(address)
          : createMovingConnection({ address, locate: () => compose.locate(name), open: openAt }));
      open.set(name, connection);
      return connection;
    },
    close() {
      for (const connection of open.values()) connection.close();
      void compose?.dispose();
    },
  };
}
