import { randomUUID } from "node:crypto";
import { link, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { canonicalJson, readJson, writeFileAtomic } from "@worldmodels/artifacts";
import type { JsonValue } from "@worldmodels/artifacts";
import { DomainError } from "@worldmodels/errors";
import { assembleRecords } from "./assemble-records.js";
import { completeLayout } from "./record-layout.js";
import type { RecordLayout } from "./record-layout.js";
import { decodeSegment, encodeSegment } from "./segment.js";
import type { RecordedEpisode } from "./segment.js";
import { loadZstd } from "./zstd.js";

/**
 * Records episodes into a work folder, one file each, in any order and from any number of processes, and makes a
 * store of them. An episode that `put` has returned for survives any crash; the bytes of the store depend on the
 * episodes and their numbers alone, never on who wrote them or when.
 */
export interface RecordWriter {
  /** Numbers of the episodes that are recorded, ascending: after a crash these need not be played again. */
  finished(): Promise<number[]>;
  /** Records episode `index`, 0 or more; recording it again replaces it. */
  put(index: number, episode: RecordedEpisode): Promise<void>;
  /** Records the episode after the highest one so far. One process at a time. */
  append(episode: RecordedEpisode): Promise<void>;
  /**
   * Writes the Zarr store of episodes 0 to `count - 1` (default: all) into an empty folder, e.g. an artifact's.
   * The work folder stays as it is; remove it once the store is in its place.
   *
   * @throws DomainError `failed-precondition` naming the first episode that is missing
   */
  finish(storeFolder: string, options?: FinishOptions): Promise<void>;
}

export interface FinishOptions {
  readonly count?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (episodes: number, count: number) => void;
}

/**
 * @param workFolder made where it is missing; begun by an earlier, killed recording of the same layout otherwise
 * @throws DomainError `failed-precondition` where the folder holds a recording of another layout
 */
export async function createRecordWriter(workFolder: string, layout: RecordLayout): Promise<RecordWriter> {
  const full = completeLayout(layout);
  const zstd = await loadZstd();
  await mkdir(workFolder, { recursive: true });
  await claimFolder(workFolder, full as unknown as JsonValue);

  const finished = async () => {
    const names = await readdir(workFolder);
    return names
      .flatMap((name) => /^(\d+)\.episode$/.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b);
  };
  const put = async (index: number, episode: RecordedEpisode) => {
    await writeFileAtomic(segmentPath(workFolder, index), encodeSegment(zstd, full, episode));
  };

  let next: number | undefined;
  return {
    finished,
    put,
    async append(episode) {
      next ??= ((await finished()).at(-1) ?? -1) + 1;
      await put(next++, episode);
    },
    async finish(storeFolder, options = {}) {
      const indices = await finished();
      const { count = indices.length, signal, onProgress } = options;
      const missing = indices.slice(0, count).findIndex((index, i) => index !== i);
      if (missing >= 0 || indices.length < count) {
        const number = missing >= 0 ? missing : indices.length;
        throw new DomainError(
          "failed-precondition",
          `episode ${number} of ${count} is not recorded in ${workFolder} yet; record it, then finish`,
        );
      }
      await assembleRecords(storeFolder, full, count, async (index) => {
        signal?.throwIfAborted();
        onProgress?.(index, count);
        const path = segmentPath(workFolder, index);
        return decodeSegment(full, await readFile(path), path);
      });
      onProgress?.(count, count);
    },
  };
}

function segmentPath(folder: string, index: number): string {
  return join(folder, `${String(index).padStart(7, "0")}.episode`);
}

/** Notes the layout in the folder, or finds that an earlier process has noted the same. */
async function claimFolder(folder: string, layout: JsonValue): Promise<void> {
  const path = join(folder, "layout.json");
  const temporary = `${path}.${randomUUID()}.tmp`;
  await writeFile(temporary, canonicalJson(layout));
  // Linking fails where the name is taken, so of several processes that begin at once one wins, with a whole file.
  await link(temporary, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  await rm(temporary);
  const found = (await readJson(path, "record layout")) as JsonValue;
  if (canonicalJson(found) === canonicalJson(layout)) return;
  throw new DomainError(
    "failed-precondition",
    `${folder} holds a recording of another layout or other settings; finish that one, or record into another folder`,
  );
}
