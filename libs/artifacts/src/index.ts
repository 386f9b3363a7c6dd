export { artifactName } from "./artifact.js";
export { CONTENT_CHUNK_BYTES, contentBytes, readContent } from "./artifact-content.js";
export { createFolderPeer } from "./artifact-peer.js";
export type { ArtifactPeer, TransferOptions } from "./artifact-peer.js";
export type { Artifact, ArtifactFile, ArtifactManifest, ArtifactRef } from "./artifact.js";
export { createArtifactStore } from "./artifact-store.js";
export type { ArtifactStore, WriteOptions } from "./artifact-store.js";
export { checkManifest } from "./check-manifest.js";
export { copyArtifact } from "./copy-artifact.js";
export { readJson, writeFileAtomic } from "./atomic-file.js";
export { explainWriteError } from "./disk-error.js";
export { hasArtifact } from "./has-artifact.js";
export { canonicalJson, digestJson, isPlainObject } from "./json.js";
export type { JsonObject, JsonValue } from "./json.js";
export { asWeights, loadModel, saveModel } from "./model-artifact.js";
export type { ExpectedModel, LoadedModel, Model, SaveModelOptions } from "./model-artifact.js";
export { isProcessAlive } from "./process-alive.js";
export { readText } from "./read-text.js";
export { decodeSafetensors, encodeSafetensors } from "./safetensors.js";
export type { SafetensorsContent, StoredTensor, StoredTensors } from "./safetensors.js";
export {
  openRunStore,
  readRunManifest,
  requireRole,
  runHome,
  runRoles,
  writeRunManifest,
} from "./run-folder.js";
export type { RunManifest, RunRole } from "./run-folder.js";
