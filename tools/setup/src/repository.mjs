import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root folder. */
export const repositoryRoot = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");

/**
 * A JSON file below the root, or undefined where there is none (or where a killed program left half of one).
 *
 * @param {...string} path below the root
 * @returns {any}
 */
export function readJson(...path) {
  try {
    return JSON.parse(readFileSync(join(repositoryRoot, ...path), "utf8"));
  } catch {
    return undefined;
  }
}
