import { isPlainObject } from "@worldmodels/artifacts";
import { DomainError, isDomainError } from "@worldmodels/errors";
import type { doctor } from "@worldmodels/setup";
import { statfsSync } from "node:fs";
import { createServer } from "node:net";
import { describeMixture, docker, parseRows, readVersion } from "./docker-command.js";

/** One thing that the containers stand on. */
export type Finding = Awaited<ReturnType<typeof doctor>>[number];

/** What compose.yaml itself is written for. */
const OLDEST_COMPOSE = [2, 20] as const;
/** Images, and what building them leaves in the cache, GB; without building, what a few runs leave. */
const ROOM_GB = { build: 8, run: 1 };
const FORMAT_LABEL = "worldmodels.format";

/** compose.yaml with its variables filled in: the parts that are looked at. */
interface ComposeFile {
  readonly project: string;
  readonly images: readonly string[];
  readonly ports: readonly PublishedPort[];
  /** Volumes by their full names, with the format of what this version keeps in them. */
  readonly volumes: ReadonlyMap<string, string>;
}

interface PublishedPort {
  readonly service: string;
  readonly host: string;
  /** The first and last of the ports that one is taken of. */
  readonly from: number;
  readonly to: number;
}

/**
 * What would keep compose.yaml's containers from starting or working together: looks only, changes and starts nothing. Where
 * there is no engine, that is the only finding.
 *
 * @throws DomainError where there is no compose.yaml in this folder, or it is not valid
 */
export async function checkCompose(): Promise<Finding[]> {
  const engine = await checkEngine();
  if (!engine.ok) return [engine];
  const compose = await checkComposeVersion();
  if (!compose.ok) return [engine, compose];
  const file = parseComposeFile(await readComposeFile());
  const images = await inspectLabels("image", file.images);
  const others = [checkImages(file.images, images), await checkVolumes(file), await checkPorts(file)];
  return [engine, compose, await checkRoom(images.size < file.images.length), ...others];
}

async function readComposeFile(): Promise<string> {
  try {
    return await docker("compose", "config", "--format", "json");
  } catch (error) {
    if (!isDomainError(error, "failed-precondition")) throw error;
    throw new DomainError(
      "failed-precondition",
      `no compose.yaml can be read in ${process.cwd()}; run this in the repository's folder (${error.message})`,
      { cause: error },
    );
  }
}

async function checkEngine(): Promise<Finding> {
  const name = "Docker's engine";
  try {
    return { name, ok: true, detail: (await docker("info", "--format", "{{.ServerVersion}}")).trim() };
  } catch (error) {
    if (!isDomainError(error)) throw error;
    return { name, ok: false, detail: "cannot be used", remedy: error.message };
  }
}

async function checkComposeVersion(): Promise<Finding> {
  const name = "docker compose";
  const remedy = `install Docker's compose plugin ${OLDEST_COMPOSE.join(".")} or later`;
  const text = await docker("compose", "version", "--short").catch(() => undefined);
  if (text === undefined) return { name, ok: false, detail: "is not there", remedy };
  const [major = 0, minor = 0] = text.replace(/^v/, "").split(".").map(Number);
  const ok = major > OLDEST_COMPOSE[0] || (major === OLDEST_COMPOSE[0] && minor >= OLDEST_COMPOSE[1]);
  return { name, ok, detail: text.trim(), ...(!ok && { remedy }) };
}

/** @param text as `docker compose config --format json` writes it */
function parseComposeFile(text: string): ComposeFile {
  const { name, services, volumes } = JSON.parse(text) as {
    readonly name: string;
    readonly services: Record<string, { image?: string; ports?: Record<string, string>[] }>;
    readonly volumes?: Record<string, { name: string; labels?: Record<string, string> }>;
  };
  const ports = Object.entries(services).flatMap(([service, { ports: published = [] }]) =>
    published.map((port): PublishedPort => {
      const [from = 0, to = from] = String(port["published"]).split("-").map(Number);
      return { service, host: port["host_ip"] ?? "0.0.0.0", from, to };
    }),
  );
  return {
    project: name,
    images: [...new Set(Object.values(services).flatMap(({ image }) => image ?? []))],
    ports,
    volumes: new Map(
      Object.values(volumes ?? {}).map((volume) => [volume.name, volume.labels?.[FORMAT_LABEL] ?? ""]),
    ),
  };
}

type Labels = Readonly<Record<string, string>>;

/** Those of the images or volumes that are there, by name. */
async function inspectLabels(
  kind: "image" | "volume",
  names: readonly string[],
): Promise<Map<string, Labels>> {
  const labels = kind === "image" ? ".Config.Labels" : ".Labels";
  const found = await Promise.all(
    names.map(async (name) => {
      const text = await docker(kind, "inspect", "--format", `{{json ${labels}}}`, name).catch(
        () => undefined,
      );
      if (text === undefined) return [];
      const [value] = parseRows(text);
      return [[name, (isPlainObject(value) ? value : {}) as Labels] as const];
    }),
  );
  return new Map(found.flat());
}

/** @param images labels of those that are there */
function checkImages(names: readonly string[], images: ReadonlyMap<string, Labels>): Finding {
  const name = "images";
  const made = [...images].map(([image, labels]) => readVersion(image, labels));
  const mixture = describeMixture(made);
  if (mixture !== undefined) {
    const remedy = "make all of them of one version: docker compose build";
    return { name, ok: false, detail: mixture, remedy };
  }
  const missing = names.length - made.length;
  const detail = made[0]?.version ?? "none yet";
  return {
    name,
    ok: true,
    detail: missing === 0 ? detail : `${detail}; ${missing} will be built at the start`,
  };
}

async function checkVolumes({ volumes }: ComposeFile): Promise<Finding> {
  const name = "volumes";
  const found = await inspectLabels("volume", [...volumes.keys()]);
  for (const [volume, labels] of found) {
    const [has, wanted] = [labels[FORMAT_LABEL] ?? "none", volumes.get(volume) ?? ""];
    if (has === wanted) continue;
    return {
      ...{ name, ok: false },
      detail: `${volume} was made by another version (format ${has}, here ${wanted})`,
      remedy: `go on with the version that made it, use another COMPOSE_PROJECT_NAME, or delete what it has: docker volume rm ${volume}`,
    };
  }
  return { name, ok: true, detail: found.size === 0 ? "none yet" : `${found.size} of this version` };
}

async function checkPorts({ project, ports }: ComposeFile): Promise<Finding> {
  const name = "ports";
  const running = await docker("ps", "--quiet", "--filter", `label=com.docker.compose.project=${project}`);
  if (running.trim() !== "") return { name, ok: true, detail: `${project} is running already` };
  for (const { service, host, from, to } of ports) {
    if (await anyFree(host, from, to)) continue;
    const range = from === to ? `${from}` : `${from} to ${to}`;
    return {
      ...{ name, ok: false },
      detail: `${range} of ${host}, for ${service}, is in use`,
      remedy: "end what listens there, or take others, as 510 for 51051 and so on: WORLDMODELS_PORTS=510",
    };
  }
  return { name, ok: true, detail: `${ports.map(({ from }) => from).join(", ")} are free` };
}

async function anyFree(host: string, from: number, to: number): Promise<boolean> {
  for (let port = from; port <= to; port++) if (await isFree(host, port)) return true;
  return false;
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => {
      resolve(false);
    });
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** @param builds whether images will be built */
async function checkRoom(builds: boolean): Promise<Finding> {
  const name = "room";
  const needed = builds ? ROOM_GB.build : ROOM_GB.run;
  const folder = (await docker("info", "--format", "{{.DockerRootDir}}")).trim();
  let free: number;
  try {
    const { bavail, bsize } = statfsSync(folder);
    free = (bavail * bsize) / 1e9;
  } catch {
    return {
      name,
      ok: true,
      detail: `${folder} of the engine cannot be seen from here; ${needed} GB are needed`,
    };
  }
  const detail = `${free.toFixed(1)} GB free in ${folder}, ${needed} needed`;
  if (free >= needed) return { name, ok: true, detail };
  return { name, ok: false, detail, remedy: "make room, for example with: docker builder prune" };
}
