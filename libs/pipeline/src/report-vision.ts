import type { LoadedModel } from "@worldmodels/artifacts";
import type { EpisodeStore } from "@worldmodels/episodes";
import { createDecoder, createEncoder } from "@worldmodels/inference";
import type { LossCurve, Pictures, VisionData } from "@worldmodels/report";
import { heldOutEpisodes } from "./held-out.js";

/** Held-out frames shown beside their reconstructions. */
const SHOWN_FRAMES = 8;

/** How V learned, and what it makes of held-out frames spread evenly over the last episodes. */
export async function describeVision(episodes: EpisodeStore, vae: LoadedModel): Promise<VisionData> {
  const first = episodes.records.firstSteps[episodes.episodes - heldOutEpisodes(episodes.episodes)] ?? 0;
  const heldOut = episodes.steps - first;
  const steps = Array.from(
    { length: SHOWN_FRAMES },
    (_, i) => first + Math.floor(((i + 0.5) * heldOut) / SHOWN_FRAMES),
  );
  const data = episodes.readFrames(steps);
  const encoder = await createEncoder({ vae, batch: SHOWN_FRAMES });
  const decoder = await createDecoder({ vae, batch: SHOWN_FRAMES });
  const { mean } = await encoder.encode(data);
  const reconstructed = Uint8Array.from(await decoder.decode(mean));
  await Promise.all([encoder.close(), decoder.close()]);
  const pictures = (pixels: Uint8Array): Pictures => ({
    count: SHOWN_FRAMES,
    height: 64,
    width: 64,
    data: pixels,
  });
  return {
    losses: [
      lossCurve(vae, "loss", "squared error and KL per frame", "loss", "heldOutLoss"),
      lossCurve(vae, "reconstruction", "squared error per frame", "reconstruction"),
      lossCurve(vae, "KL divergence", "nats per frame", "kl"),
    ],
    frames: pictures(data),
    reconstructions: pictures(reconstructed),
  };
}

/** How M learned. */
export function describeMemory(mdnRnn: LoadedModel): LossCurve[] {
  const { config } = mdnRnn;
  return [
    lossCurve(mdnRnn, "next latent", "nats per dimension", "nll", "heldOutNll"),
    ...(config["rewardHead"] === true ? [lossCurve(mdnRnn, "reward", "squared error", "reward")] : []),
    ...(config["terminatedHead"] === true
      ? [lossCurve(mdnRnn, "end of episode", "weighted cross-entropy, nats", "terminated")]
      : []),
  ];
}

/** A model's loss curve: one quantity of every point, and another that was measured on held-out data. */
function lossCurve(
  model: LoadedModel,
  name: string,
  unit: string,
  train: string,
  heldOut?: string,
): LossCurve {
  const points = model.training["curve"] as unknown as readonly Readonly<Record<string, number>>[];
  const column = (key: string) =>
    points.map((point) => ({ step: point["step"] ?? 0, value: point[key] ?? NaN }));
  return { name, unit, train: column(train), ...(heldOut !== undefined && { heldOut: column(heldOut) }) };
}
