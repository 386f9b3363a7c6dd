import { isPlainObject } from "@worldmodels/artifacts";
import { DomainError } from "@worldmodels/errors";
import { execFile } from "node:child_process";
import { promisify } from "node:util";

/**
 * Runs docker.
 *
 * @returns its standard output
 * @throws DomainError `failed-precondition` where there is no Docker or it fails; `permission-denied`
 */
export async function docker(...args: readonly string[]): Promise<string> {
  try {
    return (await promisify(execFile)("docker", args, { maxBuffer: 16 * 2 ** 20 })).stdout;
  } catch (error) {
    const { code, stderr = "" } = error as { code?: string | number; stderr?: string };
    const why = stderr.trim().split("\n").at(-1) ?? "";
    if (code === "ENOENT") {
      throw new DomainError(
        "failed-precondition",
        "there is no docker command here; install Docker Engine with its compose and buildx plugins",
        { cause: error },
      );
    }
    if (/permission denied/i.test(stderr)) {
      throw new DomainError(
        "permission-denied",
        `Docker's engine does not let this user in (${why}); add the user to the group docker, or use sudo`,
        { cause: error },
      );
    }
    throw new DomainError(
      "failed-precondition",
      `docker ${args[0] ?? ""} fails: ${why}${/daemon/i.test(why) ? "; start the engine" : ""}`,
      { cause: error },
    );
  }
}

/**
 * @param text one JSON object a line, or one list of them, as different versions of docker's commands write it
 * @returns the objects
 */
export function parseRows(text: string): unknown[] {
  const trimmed = text.trim();
  if (trimmed.startsWith("[")) return JSON.parse(trimmed) as unknown[];
  return trimmed.split("\n").flatMap((line): unknown[] => (line === "" ? [] : [JSON.parse(line)]));
}

/** An image, or a container, which has the labels of its image. */
export interface Versioned {
  readonly name: string;
  /** What version of what commit it is, for sentences. */
  readonly version: string;
}

/** @param labels as docker's inspect gives them; without ours its version is said to be unknown */
export function readVersion(name: string, labels: unknown): Versioned {
  const known = isPlainObject(labels) ? labels : {};
  const [version, commit] = ["version", "revision"].map((word) => {
    const value = known[`org.opencontainers.image.${word}`];
    return typeof value === "string" ? value : "unknown";
  });
  return { name, version: `version ${version} of commit ${commit}` };
}

/** @returns what differs, as a clause, or undefined where all are of one version */
export function describeMixture(all: readonly Versioned[]): string | undefined {
  const [first] = all;
  const other = all.find(({ version }) => version !== first?.version);
  return first && other && `${other.name} is ${other.version}, and ${first.name} is ${first.version}`;
}
