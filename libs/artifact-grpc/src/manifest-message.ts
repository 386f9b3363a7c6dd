import { isPlainObject } from "@worldmodels/artifacts";
import type { ArtifactManifest, ArtifactRef, JsonObject } from "@worldmodels/artifacts";
import { DomainError } from "@worldmodels/errors";
import type { Manifest } from "@worldmodels/proto/artifact";

export function toManifestMessage(manifest: ArtifactManifest): Manifest {
  const { kind, digest, metadata, files, createdBy = "" } = manifest;
  return {
    artifact: { kind, digest },
    metadataJson: JSON.stringify(metadata),
    files: files.map(({ path, bytes, sha256 }) => ({ path, sizeBytes: BigInt(bytes), sha256 })),
    createdBy,
  };
}

/**
 * The manifest that a message has; what is in it is for `checkManifest` to judge.
 *
 * @throws DomainError `invalid-argument` for one without a reference, or whose metadata is no JSON object
 */
export function fromManifestMessage({
  artifact,
  metadataJson,
  files,
  createdBy,
}: Manifest): ArtifactManifest {
  if (artifact === undefined)
    throw wrong("manifest.artifact is missing; name the artifact by its kind and digest");
  const { kind, digest } = artifact;
  return {
    kind,
    digest,
    formatVersion: 1,
    ...(createdBy !== "" && { createdBy }),
    metadata: readMetadata(metadataJson),
    // Beyond 2^53 the number is another one, and as wrong as before.
    files: files.map(({ path, sizeBytes, sha256 }) => ({ path, bytes: Number(sizeBytes), sha256 })),
  };
}

/**
 * The reference that a message has, copied: the message's own object may carry more.
 *
 * @param field as the sentence names it
 * @throws DomainError `invalid-argument` for one that is missing or cannot be one
 */
export function readRef(ref: ArtifactRef | undefined, field: string): ArtifactRef {
  if (ref === undefined) throw wrong(`${field} is missing; name the artifact by its kind and digest`);
  const { kind, digest } = ref;
  if (!/^[a-z][a-z0-9-]{0,39}$/.test(kind)) {
    throw wrong(
      `${field}.kind = ${JSON.stringify(kind)} is not up to 40 lower-case letters, digits and dashes`,
    );
  }
  if (!/^[0-9a-f]{64}$/.test(digest)) {
    throw wrong(`${field}.digest = ${JSON.stringify(digest)} is not 64 lower-case hexadecimal digits`);
  }
  return { kind, digest };
}

function readMetadata(text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw wrong(`manifest.metadata_json is not JSON (${(cause as Error).message})`, cause);
  }
  if (!isPlainObject(value)) throw wrong("manifest.metadata_json is no JSON object");
  return value as JsonObject;
}

function wrong(sentence: string, cause?: unknown): DomainError {
  return new DomainError("invalid-argument", sentence, { cause });
}
