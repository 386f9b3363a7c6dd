import { DomainError } from "@worldmodels/errors";
import { faultOfPath } from "./artifact-path.js";
import { digestJson, isPlainObject } from "./json.js";
import type { JsonObject, JsonValue } from "./json.js";

/** Names an artifact for ever: its content decides its digest. Small enough to travel in messages. */
export interface ArtifactRef {
  /** What it holds, e.g. `episodes` or `vae`: lower-case letters, digits and dashes. */
  readonly kind: string;
  /** SHA-256 over kind, metadata and files, 64 hex digits. */
  readonly digest: string;
}

/** One file of an artifact, `path` relative to its folder and with forward slashes. */
export interface ArtifactFile {
  readonly path: string;
  readonly bytes: number;
  /** 64 hex digits. */
  readonly sha256: string;
}

/** The content of `artifact.json`. */
export interface ArtifactManifest extends ArtifactRef {
  readonly formatVersion: 1;
  /** Free words about who made it; not part of the digest. */
  readonly createdBy?: string;
  readonly metadata: JsonObject;
  /** Sorted by path. */
  readonly files: readonly ArtifactFile[];
}

/** An artifact on this machine. Its files are for reading only. */
export interface Artifact extends ArtifactManifest {
  /** Absolute path, or relative as the store's root is. */
  readonly folder: string;
}

/** Digits of the digest in a folder's name. */
const SHORT = 12;

/** The folder's name: `<kind>-<first 12 hex digits>`; also how people name an artifact. */
export function artifactName(ref: ArtifactRef): string {
  return `${ref.kind}-${ref.digest.slice(0, SHORT)}`;
}

/** The digest that this content has. Time, place and maker do not count, so the same content is the same artifact. */
export function artifactDigest(kind: string, metadata: JsonObject, files: readonly ArtifactFile[]): string {
  const list = files.map(({ path, sha256 }): JsonValue => [path, sha256]);
  return digestJson({ kind, metadata, files: list });
}

/** @throws DomainError `invalid-argument` for a kind that is not lower-case letters, digits and dashes */
export function assertArtifactKind(kind: string): void {
  if (!/^[a-z][a-z0-9-]{0,39}$/.test(kind)) {
    throw new DomainError(
      "invalid-argument",
      `artifact kind "${kind}" must be up to 40 lower-case letters, digits and dashes, beginning with a letter`,
    );
  }
}

/**
 * Reads the parsed content of an `artifact.json`.
 *
 * @throws DomainError `data-loss` where it is not one
 */
export function parseArtifactManifest(value: unknown, where: string): ArtifactManifest {
  if (!isPlainObject(value) || !Array.isArray(value["files"]) || !isPlainObject(value["metadata"])) {
    throw damaged(where, "has no files or metadata");
  }
  if (value["formatVersion"] !== 1) {
    throw new DomainError(
      "failed-precondition",
      `${where} has format version ${String(value["formatVersion"])}, and this program reads version 1; use the program that wrote it`,
    );
  }
  const { kind, digest, createdBy } = value;
  if (typeof kind !== "string" || typeof digest !== "string" || !/^[0-9a-f]{64}$/.test(digest)) {
    throw damaged(where, "has no kind or no digest");
  }
  return {
    kind,
    formatVersion: 1,
    digest,
    ...(typeof createdBy === "string" ? { createdBy } : {}),
    metadata: value["metadata"] as JsonObject,
    files: value["files"].map((file: unknown) => parseFile(file, where)),
  };
}

function parseFile(value: unknown, where: string): ArtifactFile {
  if (!isPlainObject(value)) throw damaged(where, "lists a file that is no object");
  const { path, bytes, sha256 } = value;
  if (typeof path !== "string" || typeof bytes !== "number" || typeof sha256 !== "string") {
    throw damaged(where, "lists a file without path, bytes or sha256");
  }
  // A manifest may come from elsewhere; it must not point out of its own folder.
  const fault = faultOfPath(path);
  if (fault !== undefined) throw damaged(where, `lists the file ${JSON.stringify(path)}, which ${fault}`);
  return { path, bytes, sha256 };
}

function damaged(where: string, how: string): DomainError {
  return new DomainError("data-loss", `${where} is not an artifact: its artifact.json ${how}`);
}
