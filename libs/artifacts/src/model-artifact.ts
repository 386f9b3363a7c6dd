import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DomainError } from "@worldmodels/errors";
import { countParameters, parseNetworkDescription, validateWeights } from "@worldmodels/networks";
import type { NamedWeights, NetworkDescription, WeightTensor } from "@worldmodels/networks";
import { artifactName } from "./artifact.js";
import type { ArtifactRef } from "./artifact.js";
import type { ArtifactStore, WriteOptions } from "./artifact-store.js";
import { readJson } from "./atomic-file.js";
import { canonicalJson, isPlainObject } from "./json.js";
import type { JsonObject, JsonValue } from "./json.js";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.js";
import type { StoredTensors } from "./safetensors.js";

/** A trained network: what it is and its weights. */
export interface Model {
  /** What it does, and the artifact's kind: `vae`, `mdn-rnn`, `controller`. */
  readonly kind: string;
  readonly network: NetworkDescription;
  /** What a user of the model must know: sizes, observation recipe, action names. Compared when it is loaded. */
  readonly config: JsonObject;
  readonly weights: NamedWeights;
}

export interface LoadedModel extends Model {
  readonly ref: ArtifactRef;
  /** Where it came from: losses, steps, data. */
  readonly training: JsonObject;
}

export interface SaveModelOptions extends WriteOptions {
  /** Where it came from: losses, steps, the data's digest. Part of the digest, so no times. */
  readonly training?: JsonObject;
}

/**
 * Stores a model as `model.json` and `weights.safetensors`.
 *
 * @throws DomainError `invalid-argument` where the weights are not those of the network
 */
export async function saveModel(
  store: ArtifactStore,
  model: Model,
  options: SaveModelOptions = {},
): Promise<ArtifactRef> {
  const { kind, network, config, weights } = model;
  const { training = {}, ...writeOptions } = options;
  validateWeights(network, weights);
  const metadata = { parameters: countParameters(network), config, training };
  return store.write(
    kind,
    metadata,
    async (folder) => {
      const description = { format: "worldmodels-model", version: 1, kind, config, training, network };
      await writeFile(join(folder, "model.json"), `${JSON.stringify(description, null, 2)}\n`);
      await writeFile(
        join(folder, "weights.safetensors"),
        encodeSafetensors(weights, { format: "worldmodels" }),
      );
    },
    writeOptions,
  );
}

export interface ExpectedModel {
  readonly kind?: string;
  /** Values that the model's `config` must have, e.g. `{ latentDim: 32, observation: "wm64" }`. */
  readonly config?: JsonObject;
}

/**
 * Loads a model and checks every byte of it, its kind and the parts of its configuration that matter here.
 *
 * @throws DomainError `failed-precondition` for a model of another kind, size or observation recipe, `data-loss`
 *   for a damaged one, `not-found`
 */
export async function loadModel(
  store: ArtifactStore,
  which: ArtifactRef | string,
  expected: ExpectedModel = {},
): Promise<LoadedModel> {
  const artifact = await store.verify(which);
  const name = artifactName(artifact);
  if (expected.kind !== undefined && artifact.kind !== expected.kind) {
    throw new DomainError(
      "failed-precondition",
      `${name} is not a ${expected.kind}; name an artifact of that kind`,
    );
  }
  if (!artifact.files.some(({ path }) => path === "model.json")) {
    throw new DomainError(
      "failed-precondition",
      `${name} holds no model; name one that a training stage made`,
    );
  }
  const path = join(artifact.folder, "model.json");
  const description = parseDescription(await readJson(path, "model description"), path);
  for (const [key, value] of Object.entries(expected.config ?? {})) {
    const found = description.config[key];
    if (found !== undefined && canonicalJson(found) === canonicalJson(value)) continue;
    throw new DomainError(
      "failed-precondition",
      `model ${name} was made with ${key} = ${show(found)}, and ${show(value)} is needed here; ` +
        "it is a model of another size or observation recipe: choose one that fits, or train one",
    );
  }
  const file = join(artifact.folder, "weights.safetensors");
  const weights = asWeights(decodeSafetensors(await readFile(file), file).tensors, file);
  validateWeights(description.network, weights);
  return {
    ref: { kind: artifact.kind, digest: artifact.digest },
    kind: artifact.kind,
    weights,
    ...description,
  };
}

/** Float32 weights of decoded tensors. @throws DomainError `data-loss` naming a tensor of another type */
export function asWeights(tensors: StoredTensors, where: string): NamedWeights {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { shape, data }]): [string, WeightTensor] => {
      if (data instanceof Float32Array) return [name, { shape, data }];
      throw new DomainError("data-loss", `weight "${name}" of ${where} is not float32; convert the file`);
    }),
  );
}

function parseDescription(value: unknown, path: string) {
  if (!isPlainObject(value) || value["format"] !== "worldmodels-model" || value["version"] !== 1) {
    throw new DomainError(
      "failed-precondition",
      `${path} is not a model description of version 1; use the program that wrote it`,
    );
  }
  return {
    network: parseNetworkDescription(value["network"]),
    config: jsonObject(value["config"]),
    training: jsonObject(value["training"]),
  };
}

function jsonObject(value: unknown): JsonObject {
  return isPlainObject(value) ? (value as JsonObject) : {};
}

function show(value: JsonValue | undefined): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}
