import { explainWriteError, isPlainObject, isProcessAlive } from "@worldmodels/artifacts";
import { DomainError } from "@worldmodels/errors";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { link, mkdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join, resolve } from "node:path";

/** Who has a folder: the content of its `lock` file. */
interface Owner {
  readonly pid: number;
  readonly host: string;
  /** When the process began, as far as the system tells: numbers of processes are used again. */
  readonly began: string;
}

/** The owner shows that it lives so often; a lock of another machine that has been silent for `SILENT_MS` is stale. */
const HEARTBEAT_MS = 10_000;
const SILENT_MS = 60_000;

/** Folders that this process has; its own number in a lock file that is not among them is an earlier process's. */
const held = new Set<string>();

/**
 * Takes a folder for this process, so that two commands do not work in it at once. The lock of a process that has
 * died is taken over.
 *
 * @returns gives the folder back
 * @throws DomainError `failed-precondition` naming the process that has it
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw explainWriteError(error, "this folder", folder);
  });
  const path = resolve(folder, "lock");
  if (held.has(path)) throw inUse(folder, "this process");
  held.add(path);
  try {
    await linkWhenFree(path, folder);
  } catch (error) {
    held.delete(path);
    throw explainWriteError(error, "a lock", folder);
  }
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => undefined);
  }, HEARTBEAT_MS);
  heartbeat.unref();
  return async () => {
    clearInterval(heartbeat);
    if (held.delete(path)) await rm(path, { force: true });
  };
}

async function linkWhenFree(path: string, folder: string): Promise<void> {
  const own = join(folder, `lock.${randomUUID().slice(0, 8)}`);
  const owner: Owner = { pid: process.pid, host: hostname(), began: processStart(process.pid) };
  await writeFile(own, JSON.stringify(owner));
  try {
    // A link appears with its content in it, or not at all: nobody ever reads a lock without its owner.
    while (!(await linkIfAbsent(own, path))) await takeStaleAway(path, folder);
  } finally {
    await rm(own, { force: true });
  }
}

async function linkIfAbsent(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** Returns when the lock that was found is gone. @throws DomainError `failed-precondition` where its owner lives */
async function takeStaleAway(path: string, folder: string): Promise<void> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return;
  const owner = parseOwner(text);
  if (owner !== undefined && (await isAlive(owner, path))) {
    const where = owner.host === hostname() ? "" : ` on ${owner.host}`;
    throw inUse(folder, `process ${owner.pid}${where}`);
  }
  // Moved, not removed: of several processes that see a stale lock one gets it, and where that is a fresh lock,
  // put there since it was read, it goes back to its place.
  const away = `${path}.${randomUUID().slice(0, 8)}`;
  try {
    await rename(path, away);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  if ((await readFile(away, "utf8")) !== text) await linkIfAbsent(away, path);
  await rm(away, { force: true });
}

async function isAlive(owner: Owner, path: string): Promise<boolean> {
  if (owner.host !== hostname()) {
    const age = await stat(path).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => Infinity,
    );
    return age < SILENT_MS;
  }
  return owner.pid !== process.pid && isProcessAlive(owner.pid) && owner.began === processStart(owner.pid);
}

/**
 * Ticks since the machine's start at which a process began, on Linux; elsewhere nothing, and the number must do. A process
 * that has ended, and only waits for its parent to take note, did not begin at any time.
 */
function processStart(pid: number): string {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field, the command in parentheses, may hold spaces; the 22nd is the 20th behind it.
    const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? "ended" : (fields[19] ?? "");
  } catch {
    return "";
  }
}

function parseOwner(text: string): Owner | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (!isPlainObject(value)) return undefined;
    const { pid, host, began } = value;
    return typeof pid === "number" && typeof host === "string" && typeof began === "string"
      ? { pid, host, began }
      : undefined;
  } catch {
    return undefined;
  }
}

function inUse(folder: string, who: string): DomainError {
  return new DomainError(
    "failed-precondition",
    `${folder} is in use by ${who}; wait for it, stop it, or choose another folder`,
  );
}
