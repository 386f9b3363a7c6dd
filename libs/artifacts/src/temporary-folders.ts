import { randomUUID } from "node:crypto";
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { isProcessAlive } from "./process-alive.js";

const PREFIX = ".writing-";
/** After this long without a sign of life, another machine's unfinished folder is rubbish too. */
const ABANDONED_MS = 7 * 24 * 3600 * 1000;
/** Tells this process from an earlier one that had the same number, as restarted containers do. */
const TOKEN = randomUUID().slice(0, 8);

/** Makes an empty folder beside the artifacts, whose name says which process fills it. */
export async function makeTemporaryFolder(root: string): Promise<string> {
  const name = [PREFIX + machine(), process.pid, TOKEN, randomUUID().slice(0, 8)].join("~");
  const folder = join(root, name);
  await mkdir(folder, { recursive: true });
  return folder;
}

/** Removes folders whose writers have died. */
export async function sweepTemporaryFolders(root: string): Promise<void> {
  for (const name of await readdir(root)) {
    if (name.startsWith(PREFIX) && (await isAbandoned(root, name))) {
      await rm(join(root, name), { recursive: true, force: true });
    }
  }
}

async function isAbandoned(root: string, name: string): Promise<boolean> {
  const [host, pid, token] = name.slice(PREFIX.length).split("~");
  if (host !== machine()) {
    // Gone meanwhile: its own writer has finished, or swept it.
    const age = await stat(join(root, name)).then(
      (stats) => Date.now() - stats.mtimeMs,
      () => 0,
    );
    return age > ABANDONED_MS;
  }
  return Number(pid) === process.pid ? token !== TOKEN : !isProcessAlive(Number(pid));
}

function machine(): string {
  return hostname().replaceAll(/[^A-Za-z0-9.-]/g, "_");
}
