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

/** @param labels of an image, or of a container, which has its image's */
export function imageVersion(labels: unknown): string {
  const known = isPlainObject(labels) ? labels : {};
  const [version, commit] = ["version", "revision"].map((name) => {
    const value = known[`org.opencontainers.image.${name}`];
    return typeof value === "string" ? value : "unknown";
  });
  return `version ${version} of commit ${commit}`;
}
