import { loadModel, writeFileAtomic } from "@worldmodels/artifacts";
import type { JsonObject, LoadedModel } from "@worldmodels/artifacts";
import { dreamSettings } from "@worldmodels/dream";
import { parseEnvUri } from "@worldmodels/env";
import { openEpisodes, openLatents } from "@worldmodels/episodes";
import { createMdnRnnStepper } from "@worldmodels/inference";
import type { Stage, StageContext } from "@worldmodels/jobs";
import { renderReport } from "@worldmodels/report";
import type { ReportData } from "@worldmodels/report";
import { join } from "node:path";
import { machineFacts } from "../machine-facts.js";
import { isOwnDream } from "../own-dream.js";
import { readScores } from "../read-scores.js";
import { describeDreams } from "../report-dreams.js";
import { makeFilms } from "../report-films.js";
import { measureForesight } from "../report-foresight.js";
import { describeLearning, describeResult, describeSettings, describeTimings } from "../report-run.js";
import { describeMemory, describeVision } from "../report-vision.js";
import { requireInput } from "../require-input.js";
import type { RunSettings } from "../settings.js";
import { findTask, presetValues } from "../tasks/tasks.js";
import type { EvaluationResult } from "./evaluate.js";

/** Rows of M's calls: episodes that it watches, or dreams, at once. */
const STEPPER_ROWS = 32;

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
  version: 3,
  async run(context) {
    const { inputs, config, seed, store, progress } = context;
    const settings = config as unknown as RunSettings;
    const { task, preset, command, stages } = config as unknown as ReportConfig;
    const load = (role: string) => loadModel(store, requireInput(inputs, role), { kind: role });
    const [vae, mdnRnn, controller] = [await load("vae"), await load("mdn-rnn"), await load("controller")];
    const scores = await readScores(store, requireInput(inputs, "scores"));
    progress(0, 100, "percent");
    const models = await describeModels(context, { vae, mdnRnn }, settings);
    progress(15, 100, "percent");
    const films = await makeFilms(context, settings, scores, (share) => {
      progress(15 + Math.round(80 * share), 100, "percent");
    });
    const data: ReportData = {
      title: `${task}, preset ${preset}`,
      run: task,
      result: describeResult(scores, findTask(task).goal),
      ...dreamedReturns(scores),
      learning: describeLearning(controller, settings),
      ...models,
      films,
      timings: describeTimings(stages),
      settings: describeSettings(settings, presetValues(task, preset)),
      environment: machineFacts(stages),
      seeds: { root: String(seed), "evaluated episodes": scores.seeds.join(", ") },
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

/** What V and M learned, and, where C was evolved in a dream, how far that can be trusted. */
async function describeModels(
  { inputs, store, seed, signal }: StageContext,
  { vae, mdnRnn }: { readonly vae: LoadedModel; readonly mdnRnn: LoadedModel },
  settings: RunSettings,
): Promise<Partial<ReportData>> {
  const episodes = await openEpisodes((await store.open(requireInput(inputs, "episodes"))).folder);
  const latents = await openLatents((await store.open(requireInput(inputs, "latents"))).folder);
  const stepper = await createMdnRnnStepper({ mdnRnn, batch: STEPPER_ROWS });
  try {
    const evolveEnv = settings["evolve.env"];
    return {
      vision: await describeVision(episodes, vae),
      memory: { losses: describeMemory(mdnRnn) },
      dreams: await describeDreams({ episodes, latents }, vae, stepper, seed),
      ...(isOwnDream(evolveEnv) &&
        (await measureForesight(latents, stepper, { temperature: temperatureOf(evolveEnv), seed, signal }))),
    };
  } finally {
    await stepper.close();
    episodes.close();
    latents.close();
  }
}

/** @param uri `dream` with or without settings */
function temperatureOf(uri: string): number {
  return Number(parseEnvUri(uri).settings["temperature"] ?? dreamSettings.temperature.default);
}

function dreamedReturns({ env, evolved, dreamed }: EvaluationResult): Pick<ReportData, "dreamedReturns"> {
  if (dreamed === undefined) return {};
  return {
    dreamedReturns: {
      dream: dreamed.env,
      dreamed: dreamed.scores.returns,
      game: env,
      real: evolved.returns,
    },
  };
}
