import { isPlainObject } from "@worldmodels/artifacts";
import { DomainError } from "@worldmodels/errors";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { heldFilesIn } from "./cluster-certificates.js";
import { serviceNames } from "./cluster-file.js";
import type { Cluster, ServiceName } from "./cluster-file.js";
import { describeMixture, docker, parseRows, readVersion } from "./docker-command.js";

/** What stands in the place of a cluster file's path for the containers of compose.yaml. */
export const COMPOSE = "compose";
const START = "start them with: docker compose up -d --wait";
/** The container that has the certificates, and whose it are that this machine's commands call with. */
const CERTIFICATES = "certificates";
const CLIENT_FOLDER = "/certificates/host";

/** A container of compose's, as `docker compose ps --format json` lists it. */
export interface ComposeContainer {
  readonly id: string;
  readonly service: string;
  /** Which of its service's containers it is, from 1; stays when it is started again. */
  readonly number: number;
  /** Ports of this machine that lead to ports of the container. */
  readonly ports: readonly number[];
}

/** The containers of compose.yaml on this machine, as a cluster. */
export interface ComposeCluster {
  readonly cluster: Cluster;
  /** Where a service is now, which may be elsewhere once its container has been started again. */
  locate(name: ServiceName): Promise<string | undefined>;
  /** Removes the certificate's key again. */
  dispose(): Promise<void>;
}

/**
 * Finds the services that compose.yaml has started on this machine, and fetches the certificate that they know commands of
 * this machine by. Of a service with several containers the first is called for jobs.
 *
 * @param project compose's project, which COMPOSE_PROJECT_NAME may rename
 * @throws DomainError `failed-precondition` where there is no Docker or nothing has been started; `permission-denied`
 */
export async function findComposeCluster(
  project = process.env["COMPOSE_PROJECT_NAME"] ?? "worldmodels",
): Promise<ComposeCluster> {
  const list = async () =>
    parseComposeContainers(await docker("compose", "--project-name", project, "ps", "--format", "json"));
  const containers = await list();
  const keeper = containers.find(({ service }) => service === CERTIFICATES);
  if (keeper === undefined) {
    throw new DomainError("failed-precondition", `no containers of ${project} run on this machine; ${START}`);
  }
  await assertOneVersion(containers);
  const folder = await mkdtemp(join(tmpdir(), "worldmodels-compose-"));
  const dispose = () => rm(folder, { recursive: true, force: true });
  try {
    await docker("cp", `${keeper.id}:${CLIENT_FOLDER}/.`, folder);
    const tls = heldFilesIn(folder);
    // Docker takes over modes, but which, is not promised.
    await chmod(tls.key, 0o600);
    const locate = async (name: ServiceName) => servicesAt(await list())[name];
    return { cluster: { services: servicesAt(containers), tls }, locate, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/**
 * @param text as `docker compose ps --format json` writes it
 * @returns containers of services that are published, and the one with the certificates; by service and number
 */
export function parseComposeContainers(text: string): ComposeContainer[] {
  const rows = parseRows(text);
  return rows
    .filter(isPlainObject)
    .map(({ ID: id, Name: name, Service: service, Publishers: publishers }) => {
      const number = Number(/-(\d+)$/.exec(String(name))?.[1] ?? 1);
      const published = Array.isArray(publishers) ? publishers.filter(isPlainObject) : [];
      const ports = published.map(({ PublishedPort: port }) => Number(port)).filter((port) => port > 0);
      return { id: String(id), service: String(service), number, ports };
    });
}

/** Containers take their labels over from their images. */
async function assertOneVersion(containers: readonly ComposeContainer[]): Promise<void> {
  const labels = parseRows(
    await docker("inspect", "--format", "{{json .Config.Labels}}", ...containers.map(({ id }) => id)),
  );
  const mixture = describeMixture(
    containers.map(({ service }, i) => readVersion(`the container of ${service}`, labels[i])),
  );
  if (mixture === undefined) return;
  throw new DomainError(
    "failed-precondition",
    `${mixture}; make all of them anew: docker compose up -d --build --wait`,
  );
}

function servicesAt(containers: readonly ComposeContainer[]): Cluster["services"] {
  const entries = serviceNames.flatMap((name): [ServiceName, string][] => {
    const [first] = containers
      .filter(({ service, ports }) => service === name && ports.length > 0)
      .sort((a, b) => a.number - b.number);
    return first?.ports[0] === undefined ? [] : [[name, `localhost:${first.ports[0]}`]];
  });
  return Object.fromEntries(entries);
}
