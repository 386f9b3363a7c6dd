import { loadModel } from "@worldmodels/artifacts";
import type { ArtifactRef, ArtifactStore } from "@worldmodels/artifacts";
import { mdnRnnConfigOf } from "@worldmodels/mdn-rnn";
import type { MdnRnnConfig, MdnRnnPrediction, RecurrentState } from "@worldmodels/mdn-rnn";
import { createRowRunner, lazily } from "@worldmodels/model-serving";
import type { RowArray, RowSession } from "@worldmodels/model-serving";
import { countParameters } from "@worldmodels/networks";
import type { NetworkDescription } from "@worldmodels/networks";

/** A call of 16 rows costs twice as much as a call of one. */
const SIZES = [4, 16];

/** An M that answers any number of callers at a time. */
export interface MemoryModel {
  readonly ref: ArtifactRef;
  readonly network: NetworkDescription;
  readonly config: MdnRnnConfig;
  readonly parameters: number;
  /**
   * @param input `[rows, latent]` and `[rows, action]`
   * @param state before the step, `[rows, hidden]` each
   * @returns arrays that the caller owns
   */
  step(
    input: { readonly latent: Float32Array; readonly action: Float32Array },
    state: RecurrentState,
    rows: number,
    signal?: AbortSignal,
  ): Promise<MdnRnnPrediction>;
  /** Makes the first call as quick as all others. */
  warmUp(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Loads an M. ONNX Runtime is loaded, and takes memory, when it first steps.
 *
 * @throws DomainError as `loadModel` does, `failed-precondition` for an artifact that is no M
 */
export async function loadMemoryModel(store: ArtifactStore, which: string): Promise<MemoryModel> {
  const mdnRnn = await loadModel(store, which, { kind: "mdn-rnn" });
  const { network, ref } = mdnRnn;
  const config = mdnRnnConfigOf(network);
  const { latentDim, actionSize, hidden, rewardHead, terminatedHead } = config;
  const stepper = lazily(async () => {
    const { createMdnRnnStepper } = await import("@worldmodels/inference");
    return createRowRunner({
      sizes: SIZES,
      probe: (rows) => [latentDim, actionSize, hidden, hidden].map((width) => noise(rows * width)),
      open: async (batch): Promise<RowSession> => {
        const session = await createMdnRnnStepper({ mdnRnn, batch });
        return {
          run: async (inputs) => {
            const [latent, action, h, c] = inputs.map(floats) as [
              Float32Array,
              Float32Array,
              Float32Array,
              Float32Array,
            ];
            return flatten(await session.step({ latent, action }, { hidden: h, cell: c }));
          },
          close: () => session.close(),
        };
      },
    });
  });
  return {
    ref,
    network,
    config,
    parameters: countParameters(network),
    async step({ latent, action }, state, rows, signal) {
      const runner = await stepper.get();
      const parts = await runner.run([latent, action, state.hidden, state.cell], rows, signal);
      return unflatten(parts.map(floats), { rewardHead, terminatedHead });
    },
    async warmUp() {
      await stepper.get();
    },
    async close() {
      await (await stepper.made())?.close();
    },
  };
}

function flatten({ hidden, cell, mixture, reward, terminatedLogit }: MdnRnnPrediction): Float32Array[] {
  const heads = [reward, terminatedLogit].filter((head) => head !== undefined);
  return [hidden, cell, mixture.logits, mixture.mean, mixture.logStd, ...heads];
}

function unflatten(
  parts: readonly Float32Array[],
  heads: Pick<MdnRnnConfig, "rewardHead" | "terminatedHead">,
): MdnRnnPrediction {
  const [hidden, cell, logits, mean, logStd, ...rest] = parts as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
    ...Float32Array[],
  ];
  return {
    hidden,
    cell,
    mixture: { logits, mean, logStd },
    reward: heads.rewardHead ? rest[0] : undefined,
    terminatedLogit: heads.terminatedHead ? rest.at(-1) : undefined,
  };
}

/** Numbers from -2 to 2 without a pattern; the same ones each time. */
function noise(length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => (Math.imul(i + 1, 2654435761) >> 8) / 2 ** 22);
}

function floats(array: RowArray): Float32Array {
  if (array instanceof Float32Array) return array;
  throw new TypeError("float32 numbers were expected of this model");
}
