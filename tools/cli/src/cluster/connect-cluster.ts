import { connect, readToken } from "@worldmodels/grpc-kit";
import type { Connection } from "@worldmodels/grpc-kit";
import { DomainError } from "@worldmodels/errors";
import { readCluster, serviceNames } from "./cluster-file.js";
import type { Cluster, ServiceName } from "./cluster-file.js";

/** The services of a cluster file, connected to when they are first asked for. */
export interface ClusterConnections {
  readonly cluster: Cluster;
  /** @throws DomainError `failed-precondition` where the cluster file has no such service */
  connection(name: ServiceName): Connection;
  /** Those that the file names. */
  readonly names: readonly ServiceName[];
  close(): void;
}

/** @param file path of a cluster file */
export async function connectCluster(file: string): Promise<ClusterConnections> {
  const cluster = await readCluster(file);
  const token = cluster.tokenFile === undefined ? undefined : readToken(cluster.tokenFile);
  const open = new Map<ServiceName, Connection>();
  return {
    cluster,
    names: serviceNames.filter((name) => cluster.services[name] !== undefined),
    connection(name) {
      const address = cluster.services[name];
      if (address === undefined) {
        throw new DomainError(
          "failed-precondition",
          `${file} names no ${name}; add its address to "services"`,
        );
      }
      const connection = open.get(name) ?? connect(address, { tls: cluster.tls, token });
      open.set(name, connection);
      return connection;
    },
    close() {
      for (const connection of open.values()) connection.close();
    },
  };
}
