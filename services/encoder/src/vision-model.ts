import { loadModel } from "@worldmodels/artifacts";
import type { ArtifactRef, ArtifactStore } from "@worldmodels/artifacts";
import { DomainError } from "@worldmodels/errors";
import { createRowRunner, lazily } from "@worldmodels/model-serving";
import type { RowArray, RowRunner, RowSession } from "@worldmodels/model-serving";
import { countParameters } from "@worldmodels/networks";
import type { NetworkDescription } from "@worldmodels/networks";

/** Numbers of a frame: 64 rows of 64 RGB pixels. */
export const FRAME = { shape: [64, 64, 3], size: 64 * 64 * 3 } as const;

/** Calls of 16 rows cost half as much per row as calls of one; of more rows, no less. */
const SIZES = [4, 16];

/** A V that answers any number of callers at a time. */
export interface VisionModel {
  readonly ref: ArtifactRef;
  readonly network: NetworkDescription;
  readonly latentSize: number;
  readonly parameters: number;
  /** The observation that it reads; empty where the model does not say. */
  readonly observation: string;
  /**
   * @param frames uint8 `[rows, 64, 64, 3]`
   * @returns `[rows, latent]` each
   */
  encode(
    frames: Uint8Array,
    rows: number,
    signal?: AbortSignal,
  ): Promise<{ readonly mean: Float32Array; readonly logVariance: Float32Array }>;
  /**
   * @param latent `[rows, latent]`
   * @returns uint8 `[rows, 64, 64, 3]`
   */
  decode(latent: Float32Array, rows: number, signal?: AbortSignal): Promise<Uint8Array>;
  /** Makes the first calls as quick as all others. */
  warmUp(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Loads a V. ONNX Runtime is loaded, and takes memory, when it first encodes or decodes.
 *
 * @throws DomainError as `loadModel` does, `failed-precondition` for an artifact that is no V
 */
export async function loadVisionModel(store: ArtifactStore, which: string): Promise<VisionModel> {
  const vae = await loadModel(store, which, { kind: "vae" });
  const { network, ref } = vae;
  const [latentSize] = network.inputs["latent"] ?? [];
  if (latentSize === undefined) {
    throw new DomainError("failed-precondition", `the network of ${ref.digest} takes no latent: it is no V`);
  }
  const encoder = lazily(async () => {
    const { createEncoder } = await import("@worldmodels/inference");
    return createRowRunner({
      sizes: SIZES,
      probe: (rows) => [noise(rows * FRAME.size)],
      open: async (batch): Promise<RowSession> => {
        const session = await createEncoder({ vae, batch, logVariance: true });
        return {
          run: async ([frames]) => {
            const { mean, logVariance } = await session.encode(bytes(frames));
            return [mean, floats(logVariance)];
          },
          close: () => session.close(),
        };
      },
    });
  });
  const decoder = lazily(async () => {
    const { createDecoder } = await import("@worldmodels/inference");
    return createRowRunner({
      sizes: SIZES,
      probe: (rows) => [Float32Array.from(noise(rows * latentSize), (value) => value / 64 - 2)],
      open: async (batch): Promise<RowSession> => {
        const session = await createDecoder({ vae, batch });
        return {
          run: async ([latent]) => [await session.decode(floats(latent))],
          close: () => session.close(),
        };
      },
    });
  });
  const observation = vae.config["observation"];
  return {
    ref,
    network,
    latentSize,
    parameters: countParameters(network),
    observation: typeof observation === "string" ? observation : "",
    async encode(frames, rows, signal) {
      const [mean, logVariance] = await (await encoder.get()).run([frames], rows, signal);
      return { mean: floats(mean), logVariance: floats(logVariance) };
    },
    async decode(latent, rows, signal) {
      const [frames] = await (await decoder.get()).run([latent], rows, signal);
      return bytes(frames);
    },
    async warmUp() {
      await encoder.get();
      await decoder.get();
    },
    async close() {
      const runners = [encoder.made(), decoder.made()];
      await Promise.all(
        runners.map(async (runner: Promise<RowRunner> | undefined) => (await runner)?.close()),
      );
    },
  };
}

/** Bytes without a pattern that a kernel could round away; the same ones each time. */
function noise(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => Math.imul(i + 1, 2654435761) >>> 24);
}

function bytes(array: RowArray | undefined): Uint8Array {
  if (array instanceof Uint8Array) return array;
  throw new TypeError("bytes were expected of this model");
}

function floats(array: RowArray | undefined): Float32Array {
  if (array instanceof Float32Array) return array;
  throw new TypeError("float32 numbers were expected of this model");
}
