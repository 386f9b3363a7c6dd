import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { decodeSafetensors, encodeSafetensors } from "@worldmodels/artifacts";
import type { ArtifactRef, ArtifactStore, JsonObject, WriteOptions } from "@worldmodels/artifacts";
import type { RecordedEnv, StartLatents } from "@worldmodels/dream";
import type { ActionSpec } from "@worldmodels/env";
import { DomainError } from "@worldmodels/errors";

/** The artifact's kind, and its role in a run. */
export const DREAM_STARTS = "dream-starts";
const FILE = "starts.safetensors";

/** Where dreams begin, and what they must know of the environment that was recorded: all that M and V do not say. */
export interface DreamStarts extends RecordedEnv {
  /** V's posterior of real first frames, `[starts, latentDim]` each. */
  readonly latents: StartLatents;
  readonly latentDim: number;
}

/** Stores the starts as one artifact. */
export function saveDreamStarts(
  store: ArtifactStore,
  starts: DreamStarts,
  options: WriteOptions = {},
): Promise<ArtifactRef> {
  const { latents, latentDim, action, tickSeconds, rewardRange, maxEpisodeSteps } = starts;
  const shape = [latents.mean.length / latentDim, latentDim];
  const metadata: JsonObject = {
    latentDim,
    action: { ...action },
    tickSeconds,
    // JSON has no infinity: null says that there is no bound.
    rewardRange: rewardRange.map((bound) => (Number.isFinite(bound) ? bound : null)),
    maxEpisodeSteps,
  };
  return store.write(
    DREAM_STARTS,
    metadata,
    async (folder) => {
      const tensors = {
        mean: { shape, data: latents.mean },
        logVariance: { shape, data: latents.logVariance },
      };
      await writeFile(join(folder, FILE), encodeSafetensors(tensors));
    },
    options,
  );
}

/** @throws DomainError `data-loss` for a damaged artifact, `failed-precondition` for one of another kind */
export async function loadDreamStarts(store: ArtifactStore, which: ArtifactRef): Promise<DreamStarts> {
  const { kind, metadata, folder } = await store.verify(which);
  if (kind !== DREAM_STARTS) {
    throw new DomainError("failed-precondition", `${folder} holds ${kind}, where ${DREAM_STARTS} are needed`);
  }
  const file = join(folder, FILE);
  const { tensors } = decodeSafetensors(await readFile(file), file);
  const floats = (name: string): Float32Array => {
    const data = tensors[name]?.data;
    if (data instanceof Float32Array) return data;
    throw new DomainError("data-loss", `${file} has no float32 tensor "${name}"; collect and encode again`);
  };
  return {
    latents: { mean: floats("mean"), logVariance: floats("logVariance") },
    // The digest has vouched for the metadata: it is what saveDreamStarts wrote.
    latentDim: metadata["latentDim"] as number,
    action: metadata["action"] as unknown as ActionSpec,
    tickSeconds: metadata["tickSeconds"] as number,
    ...limitsOf(metadata),
  };
}

/** Artifacts of earlier versions say neither: then nothing is known of the rewards, and there is no limit. */
function limitsOf(metadata: JsonObject): Pick<RecordedEnv, "rewardRange" | "maxEpisodeSteps"> {
  const [low, high] = (metadata["rewardRange"] ?? []) as (number | null)[];
  return {
    rewardRange: [low ?? -Infinity, high ?? Infinity],
    maxEpisodeSteps: (metadata["maxEpisodeSteps"] ?? null) as number | null,
  };
}
