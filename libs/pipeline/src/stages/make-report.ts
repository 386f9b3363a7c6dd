import { loadModel, writeFileAtomic } from "@worldmodels/artifacts";
import type { JsonObject, LoadedModel } from "@worldmodels/artifacts";
import { openEpisodes, openLatents } from "@worldmodels/episodes";
import { createDecoder, createEncoder, createMdnRnnStepper } from "@worldmodels/inference";
import type { Stage, StageContext } from "@worldmodels/jobs";
import { renderReport } from "@worldmodels/report";
import type { DreamData, LossCurve, Pictures, ReportData, ResultData, VisionData } from "@worldmodels/report";
import { createRng } from "@worldmodels/rng";
import { join } from "node:path";
import { resolveDriver } from "@worldmodels/rollout-pool";
import { loadController } from "../controller-model.js";
import type { EvolutionState } from "../evolution-state.js";
import { heldOutEpisodes } from "../held-out.js";
import { machineFacts } from "../machine-facts.js";
import { presetValues } from "../presets.js";
import { readScores } from "../read-scores.js";
import { dreamFrom, momentSteps } from "../report-dreams.js";
import { makeFilm } from "../report-film.js";
import { resolveOwnDream } from "../own-dream.js";
import { requireInput } from "../require-input.js";
import { streamOf } from "../seeds.js";
import { runSettings } from "../settings.js";
import type { RunSettings } from "../settings.js";
import type { EvaluationResult } from "./evaluate.js";

/** Held-out frames shown beside their reconstructions. */
const SHOWN_FRAMES = 8;
const SHOWN_DREAMS = 2;
const BATCH = 16;

/** What the report's configuration has besides the settings of the run. */
interface ReportConfig {
  readonly task: string;
  readonly preset: string;
  readonly command: string;
  /** Seconds and facts of every stage, by its title. */
  readonly stages: JsonObject;
}

/** Writes the report of a run: one HTML file. */
export const stage: Stage = {
  name: "report",
  version: 2,
  async run(context) {
    const { inputs, config, seed, store, signal, progress } = context;
    const settings = config as unknown as RunSettings;
    const { task, preset, command, stages } = config as unknown as ReportConfig;
    const load = (role: string) => loadModel(store, requireInput(inputs, role), { kind: role });
    const [vae, mdnRnn, controller] = [await load("vae"), await load("mdn-rnn"), await load("controller")];
    const scores = await readScores(store, requireInput(inputs, "scores"));
    progress(0, 100, "percent");
    const vision = await describeVision(context, vae);
    progress(5, 100, "percent");
    const dreams = await describeDreams(context, vae, mdnRnn);
    progress(10, 100, "percent");
    const driven = await loadController(store, requireInput(inputs, "controller"));
    const film = await makeFilm({
      store,
      env: await resolveOwnDream(settings["evaluate.env"], store, inputs),
      envName: settings["evaluate.env"],
      seed: medianTrack(scores),
      models: (await resolveDriver(store, inputs, driven.config)).models,
      controller: driven,
      slots: settings["rollout.slots"],
      signal,
      onStep: (step, steps) => {
        progress(10 + Math.round((85 * step) / Math.max(1, steps)), 100, "percent");
      },
    });
    const data: ReportData = {
      title: `${task}, preset ${preset}`,
      run: task,
      result: describeResult(scores),
      learning: describeLearning(controller, settings),
      vision,
      memory: { losses: memoryLosses(mdnRnn) },
      dreams,
      film,
      timings: describeTimings(stages),
      settings: describeSettings(settings, preset),
      environment: machineFacts(stages),
      seeds: { root: String(seed), "evaluated tracks": scores.seeds.join(", ") },
      reproduce: [command],
    };
    const html = renderReport(data);
    const report = await store.write("report", { run: task }, (folder) =>
      writeFileAtomic(join(folder, "report.html"), html),
    );
    progress(100, 100, "percent");
    return { artifacts: { report } };
  },
};

/** The track whose score is in the middle: neither the proudest nor the saddest. */
function medianTrack({ seeds, evolved: { returns } }: EvaluationResult): bigint {
  const order = Array.from(returns.keys()).sort((a, b) => (returns[a] ?? 0) - (returns[b] ?? 0));
  return BigInt(seeds[order[Math.floor(order.length / 2)] ?? 0] ?? 0);
}

function describeResult({ seeds, evolved, random }: EvaluationResult): ResultData {
  const rows = (scores: typeof evolved) =>
    scores.returns.map((score, index) => ({
      seed: seeds[index] ?? 0,
      score,
      steps: scores.lengths[index] ?? 0,
    }));
  return {
    scores: rows(evolved),
    random: rows(random),
    target: 900,
    published: { label: "Ha & Schmidhuber 2018, V + M + C", mean: 906, sd: 21 },
  };
}

function describeLearning(
  controller: LoadedModel,
  settings: RunSettings,
): NonNullable<ReportData["learning"]> {
  const { generations, means } = controller.training as unknown as Pick<
    EvolutionState,
    "generations" | "means"
  >;
  return {
    generations: generations.map(({ generation, steps, fitness, sigma, phase }) => ({
      generation,
      environmentSteps: steps,
      lowest: fitness.worst,
      mean: fitness.mean,
      highest: fitness.best,
      sigma,
      phase,
    })),
    evaluations: means.map(({ generation, steps, score, sd }) => ({
      generation,
      environmentSteps: steps,
      mean: score,
      sd,
      episodes: settings["evolve.evaluate_episodes"],
    })),
  };
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

function memoryLosses(mdnRnn: LoadedModel): LossCurve[] {
  const { config } = mdnRnn;
  return [
    lossCurve(mdnRnn, "next latent", "nats per dimension", "nll", "heldOutNll"),
    ...(config["rewardHead"] === true ? [lossCurve(mdnRnn, "reward", "squared error", "reward")] : []),
    ...(config["terminatedHead"] === true
      ? [lossCurve(mdnRnn, "end of episode", "weighted cross-entropy, nats", "terminated")]
      : []),
  ];
}

async function describeVision({ inputs, store }: StageContext, vae: LoadedModel): Promise<VisionData> {
  const episodes = await openEpisodes((await store.open(requireInput(inputs, "episodes"))).folder);
  const first = episodes.records.firstSteps[episodes.episodes - heldOutEpisodes(episodes.episodes)] ?? 0;
  const heldOut = episodes.steps - first;
  const steps = Array.from(
    { length: SHOWN_FRAMES },
    (_, i) => first + Math.floor(((i + 0.5) * heldOut) / SHOWN_FRAMES),
  );
  const data = episodes.readFrames(steps);
  const encoder = await createEncoder({ vae, batch: BATCH });
  const decoder = await createDecoder({ vae, batch: BATCH });
  const { mean } = await encoder.encode(data);
  const reconstructed = Uint8Array.from(await decoder.decode(mean));
  await Promise.all([encoder.close(), decoder.close()]);
  episodes.close();
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

async function describeDreams(
  { inputs, store, seed }: StageContext,
  vae: LoadedModel,
  mdnRnn: LoadedModel,
): Promise<DreamData[]> {
  const episodes = await openEpisodes((await store.open(requireInput(inputs, "episodes"))).folder);
  const latents = await openLatents((await store.open(requireInput(inputs, "latents"))).folder);
  const decoder = await createDecoder({ vae, batch: BATCH });
  const stepper = await createMdnRnnStepper({ mdnRnn, batch: BATCH });
  const dreams: DreamData[] = [];
  // The last episodes are the held-out ones.
  for (let index = episodes.episodes - 1; index >= 0 && dreams.length < SHOWN_DREAMS; index--) {
    const length = episodes.lengths[index] ?? 0;
    const latest = length - 1 - momentSteps.after;
    if (latest < momentSteps.before) continue;
    const step = Math.max(momentSteps.before, Math.floor(latest / 2));
    const moment = {
      label: `track of seed ${episodes.seeds[index]}, from step ${step}`,
      episode: latents.readEpisode(index),
      frames: episodes.readEpisode(index).frames,
      step,
    };
    dreams.push(await dreamFrom(moment, stepper, decoder, createRng(streamOf(seed, "report", index))));
  }
  await Promise.all([decoder.close(), stepper.close()]);
  episodes.close();
  latents.close();
  return dreams;
}

function describeTimings(stages: JsonObject): NonNullable<ReportData["timings"]> {
  return Object.entries(stages)
    .filter(([title]) => title !== "report")
    .map(([title, facts]) => ({ stage: title, seconds: Number((facts as JsonObject)["seconds"]) }));
}

function describeSettings(settings: RunSettings, preset: string): NonNullable<ReportData["settings"]> {
  const values: Partial<RunSettings> = presetValues(preset);
  return Object.entries(runSettings).map(([key, { default: standard, doc }]) => {
    const name = key as keyof RunSettings;
    const value = settings[name];
    const expected = values[name] ?? standard;
    const origin = value !== expected ? "given" : value !== standard ? "preset" : "default";
    return { key, value, origin, doc };
  });
}
