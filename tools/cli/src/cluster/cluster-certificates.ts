import { DomainError } from "@worldmodels/errors";
import type { ClientTls } from "@worldmodels/grpc-kit";
import { join, resolve } from "node:path";
import type { ServiceName } from "./cluster-file.js";

/** PEM files of one holder of a certificate. */
export type HeldFiles = Required<ClientTls>;

/** The files of the folder that a service or client is given. */
export function heldFilesIn(folder: string): HeldFiles {
  return { ca: join(folder, "ca.crt"), cert: join(folder, "tls.crt"), key: join(folder, "tls.key") };
}

/** A folder of `worldmodels certificates`, as a cluster uses it. */
export interface ClusterCertificates {
  /** @throws DomainError `not-found` where the service has no certificate */
  ofService(name: ServiceName): HeldFiles;
  /** Those of the client that the cluster file is written for. */
  readonly ofClient: HeldFiles;
}

/**
 * @param client whose certificate the cluster file names; left out: the folder's first client by name
 * @throws DomainError `not-found` where there is no authority or no such client
 */
export async function readClusterCertificates(folder: string, client?: string): Promise<ClusterCertificates> {
  // Loaded only where it is needed: every other command would begin later for it.
  const { listCertificates } = await import("@worldmodels/certificates");
  const held = listCertificates(folder);
  const filesOf = (name: string): HeldFiles => heldFilesIn(resolve(folder, name));
  const find = (kind: "service" | "client", name: string | undefined) =>
    held.find((each) => each.kind === kind && (name === undefined || each.name === name));
  const add = (flag: string, name: string) =>
    `add one with worldmodels certificates add ${folder} ${flag} ${name}`;
  const found = find("client", client);
  if (found === undefined) {
    throw new DomainError(
      "not-found",
      `${folder} has no certificate of a client${client === undefined ? "" : ` ${client}`}; ${add("--clients", client ?? "NAME")}`,
    );
  }
  return {
    ofClient: filesOf(found.name),
    ofService(name) {
      if (find("service", name) !== undefined) return filesOf(name);
      throw new DomainError("not-found", `${folder} has no certificate of ${name}; ${add("--names", name)}`);
    },
  };
}
