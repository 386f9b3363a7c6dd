import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { DomainError, isDomainError } from "@worldmodels/errors";
import { artifactDigest, artifactName, assertArtifactKind, parseArtifactManifest } from "./artifact.js";
import type { Artifact, ArtifactManifest, ArtifactRef } from "./artifact.js";
import { readJson } from "./atomic-file.js";
import { checkManifest } from "./check-manifest.js";
import { explainWriteError } from "./disk-error.js";
import type { JsonObject } from "./json.js";
import { digestFiles, publish } from "./publish.js";
import { makeTemporaryFolder, sweepTemporaryFolders } from "./temporary-folders.js";
import { verifyArtifact } from "./verify-artifact.js";
import { assertRoom, writeContent } from "./write-content.js";

export interface WriteOptions {
  /** Free words about the maker, e.g. program and version; not part of the digest. */
  readonly createdBy?: string;
}

/** A folder of artifacts, each written once and never changed. Several processes may use one store. */
export interface ArtifactStore {
  readonly root: string;
  /**
   * Lets `fill` write files into an empty folder and makes an artifact of it. Nobody sees it before it is
   * whole; content that is already stored is not stored twice.
   *
   * @throws DomainError `resource-exhausted` when the disk is full; then nothing is left behind
   */
  write(
    kind: string,
    metadata: JsonObject,
    fill: (folder: string) => Promise<void>,
    options?: WriteOptions,
  ): Promise<ArtifactRef>;
  /**
   * Makes an artifact that another store has, of its manifest and its content as `readContent` gives it. Nobody sees it
   * before it is whole and has the digest of the manifest; one that is here already is not stored twice.
   *
   * @throws DomainError `invalid-argument` for a manifest that cannot be one, `data-loss` where manifest or content do not have
   *   their digests, `resource-exhausted` when the disk is full, and whatever `content` throws; then nothing is left behind
   */
  receive(manifest: ArtifactManifest, content: AsyncIterable<Uint8Array>): Promise<void>;
  /**
   * Finds an artifact by reference, digest, beginning of a digest (4 digits or more) or name (`vae-0123456789ab`),
   * and checks that its files are there with their sizes.
   *
   * @throws DomainError `not-found`, `invalid-argument` where several fit, `data-loss` where a file is missing or cut
   */
  open(which: ArtifactRef | string): Promise<Artifact>;
  /** Reads every byte again. @throws DomainError `data-loss` naming the file, what was expected and what was found */
  verify(which: ArtifactRef | string): Promise<Artifact>;
  /** All artifacts, sorted by name. */
  list(): Promise<ArtifactManifest[]>;
}

/** @param root the store's folder; made at the first write */
export function createArtifactStore(root: string): ArtifactStore {
  const names = async () => {
    const entries = await readdir(root).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return [];
      throw error;
    });
    return entries.filter((name) => /^[a-z][a-z0-9-]*-[0-9a-f]{12}$/.test(name)).sort();
  };
  const manifest = async (name: string) =>
    parseArtifactManifest(await readJson(join(root, name, "artifact.json"), "artifact"), join(root, name));

  const find = async (which: ArtifactRef | string): Promise<Artifact> => {
    const name =
      typeof which === "string" ? await resolveName(root, await names(), which) : artifactName(which);
    const digest = typeof which === "string" ? which : which.digest;
    const found = await manifest(name).catch((error: unknown) => {
      if (isDomainError(error, "not-found")) throw absent(root, name);
      throw error;
    });
    if (digest.length === 64 && found.digest !== digest) throw absent(root, digest);
    return { ...found, folder: join(root, name) };
  };

  return {
    root,
    async write(kind, metadata, fill, { createdBy } = {}) {
      assertArtifactKind(kind);
      return inTemporaryFolder(root, kind, async (folder) => {
        await fill(folder);
        const files = await digestFiles(folder);
        const ref = { kind, digest: artifactDigest(kind, metadata, files) };
        const maker = createdBy === undefined ? {} : { createdBy };
        await publish(root, folder, { ...ref, formatVersion: 1, ...maker, metadata, files });
        return ref;
      });
    },
    async receive(manifest, content) {
      checkManifest(manifest);
      await inTemporaryFolder(root, manifest.kind, async (folder) => {
        await assertRoom(folder, manifest);
        await writeContent(folder, manifest, content);
        await publish(root, folder, manifest);
      });
    },
    async open(which) {
      const artifact = await find(which);
      for (const { path, bytes } of artifact.files) {
        const size = await stat(join(artifact.folder, path)).then(
          (stats) => stats.size,
          () => undefined,
        );
        if (size === bytes) continue;
        const found = size === undefined ? "is missing" : `has ${size} bytes instead of ${bytes}`;
        throw new DomainError(
          "data-loss",
          `${path} of artifact ${artifact.folder} ${found}; remove the folder and make the artifact again`,
        );
      }
      return artifact;
    },
    async verify(which) {
      const artifact = await find(which);
      await verifyArtifact(artifact.folder, artifact);
      return artifact;
    },
    async list() {
      return Promise.all((await names()).map(manifest));
    },
  };
}

/** Lets `use` work in an empty folder beside the artifacts, which is gone afterwards however that ends. */
async function inTemporaryFolder<T>(
  root: string,
  kind: string,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  let folder: string | undefined;
  try {
    await mkdir(root, { recursive: true });
    await sweepTemporaryFolders(root);
    folder = await makeTemporaryFolder(root);
    return await use(folder);
  } catch (error) {
    throw explainWriteError(error, `artifact "${kind}"`, root);
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

async function resolveName(root: string, names: readonly string[], which: string): Promise<string> {
  if (names.includes(which)) return which;
  if (!/^[0-9a-f]{4,64}$/.test(which)) {
    throw new DomainError(
      "not-found",
      `there is no artifact "${which}" in ${root}; give a digest, its first 4 digits or more, or a name like vae-0123456789ab`,
    );
  }
  const fitting = names.filter((name) => {
    const digits = name.slice(-12);
    return which.length > 12 ? which.startsWith(digits) : digits.startsWith(which);
  });
  const [only, ...others] = fitting;
  if (only === undefined) throw absent(root, which);
  if (others.length > 0) {
    throw new DomainError(
      "invalid-argument",
      `"${which}" fits ${fitting.length} artifacts in ${root} (${fitting.join(", ")}); give more digits`,
    );
  }
  return only;
}

function absent(root: string, which: string): DomainError {
  return new DomainError(
    "not-found",
    `there is no artifact ${which} in ${root}; run the stage that makes it, or name another store`,
  );
}
