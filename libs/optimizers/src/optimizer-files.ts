import { writeFileAtomic } from "@worldmodels/artifacts";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { decodeOptimizer, encodeOptimizer } from "./optimizer-record.js";
import type { OptimizerRecord } from "./optimizer-record.js";

/** Optimisers on disk: `ID.optimizer`, and `ID.asked` with the number of the generation that somebody has asked for. */
export interface OptimizerFiles {
  count(): Promise<number>;
  /** The bytes of an optimiser, or undefined where there is none. */
  readBytes(id: string): Promise<Uint8Array | undefined>;
  /** @throws DomainError `data-loss` where the file is damaged */
  read(id: string): Promise<OptimizerRecord | undefined>;
  /** Whole or not at all, also through a power cut. @throws DomainError `resource-exhausted` when the disk is full */
  write(id: string, record: OptimizerRecord): Promise<void>;
  /** The generation that was asked for last, or 0. */
  readAsked(id: string): Promise<number>;
  writeAsked(id: string, generation: number): Promise<void>;
  remove(id: string): Promise<void>;
}

const ENDING = ".optimizer";

/** @param folder made at the first write; ids given to its functions must be safe as file names */
export function createOptimizerFiles(folder: string): OptimizerFiles {
  const fileOf = (id: string) => join(folder, `${id}${ENDING}`);
  const askedOf = (id: string) => join(folder, `${id}.asked`);
  const readBytes = (id: string) => readIfThere(fileOf(id));
  return {
    async count() {
      const names = await orIfAbsent(readdir(folder), []);
      return names.filter((name) => name.endsWith(ENDING)).length;
    },
    readBytes,
    async read(id) {
      const bytes = await readBytes(id);
      return bytes && decodeOptimizer(bytes, fileOf(id));
    },
    write: (id, record) => writeFileAtomic(fileOf(id), encodeOptimizer(record)),
    async readAsked(id) {
      const bytes = await readIfThere(askedOf(id));
      return bytes === undefined ? 0 : Number(Buffer.from(bytes).toString("utf8"));
    },
    writeAsked: (id, generation) => writeFileAtomic(askedOf(id), String(generation)),
    async remove(id) {
      await rm(askedOf(id), { force: true });
      await rm(fileOf(id), { force: true });
    },
  };
}

function readIfThere(path: string): Promise<Uint8Array | undefined> {
  return orIfAbsent(readFile(path), undefined);
}

function orIfAbsent<T, U>(promise: Promise<T>, absent: U): Promise<T | U> {
  return promise.catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return absent;
    throw error;
  });
}
