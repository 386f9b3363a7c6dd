import type { LatentEpisode, LatentStore } from "@worldmodels/episodes";
import type { MdnRnnStepper } from "@worldmodels/inference";
import type { ReportData } from "@worldmodels/report";
import { createRng } from "@worldmodels/rng";
import { heldOutEpisodes } from "./held-out.js";
import { createEndingsMeasure } from "./report-endings.js";
import { createPartingMeasure } from "./report-parting.js";
import { watchEpisodes } from "./report-watch.js";
import { streamOf } from "./seeds.js";

/** More tell little, and take minutes. */
const MOST_EPISODES = 128;
/** Second coordinate of the stream, beside the dreams' that have an episode's number alone. */
const PARTING_STREAM = 1;

/**
 * What M knows of the future in held-out episodes: how far its dreams stay with the game, and whether it foresees the
 * ends, where it has a head for them.
 *
 * @param options.temperature of the dreams
 * @returns with a sentence among the problems for what could not be measured
 */
export async function measureForesight(
  latents: LatentStore,
  stepper: MdnRnnStepper,
  options: { readonly temperature: number; readonly seed: bigint; readonly signal: AbortSignal },
): Promise<Pick<ReportData, "parting" | "endings"> & { readonly problems: readonly string[] }> {
  const { temperature, seed, signal } = options;
  const watched = readLastEpisodes(latents, Math.min(MOST_EPISODES, heldOutEpisodes(latents.episodes)));
  const rng = createRng(streamOf(seed, "report", 0, PARTING_STREAM));
  const parting = createPartingMeasure(watched, { stepper, temperature, rng });
  const endings = stepper.config.terminatedHead ? createEndingsMeasure(watched) : undefined;
  await watchEpisodes(
    watched,
    stepper,
    (step) => {
      if (typeof parting !== "string") parting.onStep(step);
      endings?.onStep(step);
    },
    signal,
  );
  const parted = typeof parting === "string" ? parting : await parting.finish();
  const ended = endings?.finish();
  return {
    ...(typeof parted !== "string" && { parting: parted }),
    ...(ended !== undefined && typeof ended !== "string" && { endings: ended }),
    problems: [parted, ended].filter((each) => typeof each === "string"),
  };
}

function readLastEpisodes(latents: LatentStore, count: number): LatentEpisode[] {
  return Array.from({ length: count }, (_, k) => latents.readEpisode(latents.episodes - count + k));
}
