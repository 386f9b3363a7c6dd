import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { ArtifactFile } from "./artifact.js";

/** All files below a folder, relative and with forward slashes, sorted by their bytes. */
export async function listFiles(folder: string, below = ""): Promise<string[]> {
  const entries = await readdir(join(folder, below), { withFileTypes: true });
  const paths = await Promise.all(
    entries.map(async (entry) => {
      const path = below === "" ? entry.name : `${below}/${entry.name}`;
      return entry.isDirectory() ? listFiles(folder, path) : [path];
    }),
  );
  return paths.flat().sort((a, b) => (a < b ? -1 : 1));
}

/** Reads one file to its end. */
export async function digestFile(folder: string, path: string): Promise<ArtifactFile> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(join(folder, path), { highWaterMark: 1 << 20 }), hash);
  const { size } = await stat(join(folder, path));
  return { path, bytes: size, sha256: hash.digest("hex") };
}
