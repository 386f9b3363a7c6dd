import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Episode, EpisodesDescription } from "./episode-records.js";

export const DESCRIPTION: EpisodesDescription = {
  env: "CarRacing-v3?max_episode_steps=20",
  recipe: "wm64",
  frameShape: [8, 6, 3],
  actionNames: ["steer", "gas", "brake"],
  policy: { kind: "brownian" },
  versions: { "car-racing": "1" },
};

/** Shorter than, as long as, and longer than chunks of 4 steps. */
export const LENGTHS = [5, 1, 4, 13, 8];

/** An episode whose every number is its own: a mixed-up one is noticed. */
export function sampleEpisode(index: number): Episode {
  const length = LENGTHS[index] ?? 3;
  const count = (size: number) => Array.from({ length: length * size }, (_, i) => i + 1000 * index);
  return {
    frames: Uint8Array.from(count(8 * 6 * 3), (value) => (value * 31 + (value >> 7)) & 255),
    actions: Float32Array.from(count(3), (value) => (value % 17) / 8 - 1),
    rewards: Float64Array.from(count(1), (value) => value / 3 - 0.1),
    terminated: Uint8Array.from(count(1), (_, step) => Number(step === length - 1 && index % 2 === 0)),
    truncated: Uint8Array.from(count(1), (_, step) => Number(step === length - 1 && index % 2 === 1)),
    seed: 2n ** 64n - 1n - BigInt(index),
  };
}

let root: string | undefined;

/** An empty folder that goes when the process ends. */
export function newFolder(): string {
  if (root === undefined) {
    const made = mkdtempSync(join(tmpdir(), "episodes-"));
    process.on("exit", () => {
      rmSync(made, { recursive: true });
    });
    root = made;
  }
  return mkdtempSync(join(root, "folder-"));
}

/** SHA-256 over names and contents of all files below a folder. */
export function digestFolder(folder: string): string {
  const hash = createHash("sha256");
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  for (const name of names.filter((entry) => statSync(join(folder, entry)).isFile())) {
    hash.update(`${name}\n`).update(readFileSync(join(folder, name)));
  }
  return hash.digest("hex");
}
