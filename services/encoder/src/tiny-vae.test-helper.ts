import { saveModel } from "@worldmodels/artifacts";
import type { ArtifactRef, ArtifactStore } from "@worldmodels/artifacts";
import { createRecordWriter, episodesLayout, toRecord } from "@worldmodels/episodes";
import { initialiseWeights } from "@worldmodels/networks";
import type { Layer, NamedWeights, NetworkDescription } from "@worldmodels/networks";
import { createRng } from "@worldmodels/rng";
import { vaeNetwork } from "@worldmodels/vae";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface TinyVae {
  readonly ref: ArtifactRef;
  readonly network: NetworkDescription;
  readonly weights: NamedWeights;
}

/** A V with a sixteenth of its channels and random weights, so that tests need not wait for 4 million of them. */
export async function saveTinyVae(store: ArtifactStore, seed = 3): Promise<TinyVae> {
  const full = vaeNetwork({ latentDim: 4 });
  const network = {
    ...full,
    chains: full.chains.map((chain) => ({ ...chain, layers: chain.layers.map(thin) })),
  };
  const weights = initialiseWeights(network, createRng(seed));
  const config = { latentDim: 4, observation: "wm64" };
  return { ref: await saveModel(store, { kind: "vae", network, config, weights }), network, weights };
}

function thin(layer: Layer): Layer {
  switch (layer.type) {
    case "conv2d":
    case "conv2d-transpose":
      return { ...layer, filters: layer.filters === 3 ? 3 : layer.filters / 16 };
    case "reshape":
      return { ...layer, shape: layer.shape.map((size) => (size === 1024 ? 64 : size)) };
    case "dense":
      return { ...layer, units: layer.units === 1024 ? 64 : layer.units };
    case "lstm":
      return layer;
  }
}

/** Frames of noise, uint8 `[rows, 64, 64, 3]`; the same ones for the same seed. */
export function randomFrames(rows: number, seed = 1): Uint8Array {
  const rng = createRng(seed);
  return Uint8Array.from({ length: rows * 64 * 64 * 3 }, () => Math.floor(256 * rng.random()));
}

/** Recorded episodes of noise, a few steps each. */
export async function saveTinyEpisodes(store: ArtifactStore, count = 3, steps = 6): Promise<ArtifactRef> {
  const work = mkdtempSync(join(tmpdir(), "tiny-episodes-"));
  try {
    const writer = await createRecordWriter(
      work,
      episodesLayout({
        env: "CarRacing-v3",
        recipe: "wm64",
        frameShape: [64, 64, 3],
        actionNames: ["steer", "gas", "brake"],
        policy: { kind: "brownian" },
        versions: {},
      }),
    );
    for (let index = 0; index < count; index++) {
      const episode = {
        frames: randomFrames(steps, index),
        actions: new Float32Array(3 * steps),
        rewards: new Float64Array(steps).fill(-0.1),
        terminated: new Uint8Array(steps),
        truncated: new Uint8Array(steps),
        seed: BigInt(index),
      };
      await writer.put(index, toRecord(episode));
    }
    return await store.write("episodes", { env: "CarRacing-v3" }, (folder) => writer.finish(folder));
  } finally {
    rmSync(work, { recursive: true });
  }
}
