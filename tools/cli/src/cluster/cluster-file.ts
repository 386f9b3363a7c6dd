import { isPlainObject, readJson, writeFileAtomic } from "@worldmodels/artifacts";
import { DomainError } from "@worldmodels/errors";
import { parseAddress } from "@worldmodels/grpc-kit";
import { dirname, resolve } from "node:path";

/** The services of a cluster, by the name that each is deployed under. */
export const serviceNames = [
  "car-racing-env",
  "encoder",
  "predictor",
  "evolver",
  "rollout",
  "vizdoom-env",
  "gymnasium-env",
] as const;
export type ServiceName = (typeof serviceNames)[number];

/** Where a cluster's services are, and the store that they share, if they do: the content of a cluster file. */
export interface Cluster {
  /** Folder of the artifact store, as this machine reaches it; absent where artifacts travel through the services. */
  readonly store?: string;
  /** Address of each service that there is. */
  readonly services: Readonly<Partial<Record<ServiceName, string>>>;
  /** PEM files, where the services speak TLS. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  /** File of the token that the services ask for. */
  readonly tokenFile?: string;
}

const FORM = `write {"services": {"encoder": "host:port", …}}, with "store": "/path/to/artifacts" where the services share a folder`;

/**
 * Reads a cluster file; relative paths in it are relative to its folder.
 *
 * @throws DomainError `not-found`, or `invalid-argument` naming what is wrong in it
 */
export async function readCluster(path: string): Promise<Cluster> {
  const value = await readJson(path, "cluster file").catch((error: unknown) => {
    if (!(error instanceof DomainError)) throw error;
    throw new DomainError("not-found", `${error.message}; start one with: worldmodels up`, { cause: error });
  });
  const fail = (why: string) => new DomainError("invalid-argument", `${path}: ${why}; ${FORM}`);
  if (!isPlainObject(value)) throw fail("it is no JSON object");
  const { store, services, tls, tokenFile, ...others } = value;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw fail(`there is no "${unknown}" in a cluster file`);
  if (store !== undefined && (typeof store !== "string" || store === "")) {
    throw fail("its store is no path; leave it out where the services share no folder");
  }
  if (!isPlainObject(services)) throw fail("its services are missing");
  const addresses = Object.entries(services).map(([name, address]): [ServiceName, string] => {
    const known = serviceNames.find((each) => each === name);
    if (known === undefined)
      throw fail(`there is no service "${name}" (there are ${serviceNames.join(", ")})`);
    if (typeof address !== "string") throw fail(`the address of ${name} is not text`);
    parseAddress(address, `${path}: ${name}`);
    return [known, address];
  });
  const from = (file: string) => resolve(dirname(path), file);
  return {
    ...(store !== undefined && { store: from(store) }),
    services: Object.fromEntries(addresses),
    ...(isPlainObject(tls) && { tls: mapText(tls, from, fail) }),
    ...(typeof tokenFile === "string" && { tokenFile: from(tokenFile) }),
  };
}

/** Puts the file in place, whole or not at all. */
export async function writeCluster(path: string, cluster: Cluster): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify(cluster, null, 2)}\n`);
}

function mapText(
  tls: Readonly<Record<string, unknown>>,
  from: (file: string) => string,
  fail: (why: string) => DomainError,
): NonNullable<Cluster["tls"]> {
  const files = Object.entries(tls).map(([name, file]) => {
    if (!["ca", "cert", "key"].includes(name) || typeof file !== "string") {
      throw fail(`tls.${name} is none of the files ca, cert and key`);
    }
    return [name, from(file)];
  });
  return Object.fromEntries(files) as NonNullable<Cluster["tls"]>;
}
