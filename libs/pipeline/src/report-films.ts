import { controllerShape } from "@worldmodels/agent";
import type { StageContext } from "@worldmodels/jobs";
import type { FilmData } from "@worldmodels/report";
import { resolveDriver } from "@worldmodels/rollout-pool";
import { loadController } from "./controller-model.js";
import { isOwnDream, resolveOwnDream } from "./own-dream.js";
import { makeFilm } from "./report-film.js";
import { requireInput } from "./require-input.js";
import type { Scores } from "./scores.js";
import type { RunSettings } from "./settings.js";
import type { EvaluationResult } from "./stages/evaluate.js";

/**
 * The controller in the environment that it was evaluated in, and beside it in the dream that it was evolved in, where
 * it was.
 *
 * @param onProgress told the share of the work that is done, 0 to 1
 */
export async function makeFilms(
  { inputs, store, signal }: Pick<StageContext, "inputs" | "store" | "signal">,
  settings: RunSettings,
  evaluation: EvaluationResult,
  onProgress: (share: number) => void,
): Promise<FilmData[]> {
  const { config, parameters } = await loadController(store, requireInput(inputs, "controller"));
  const { models } = await resolveDriver(store, inputs, config);
  const { "evaluate.env": evaluateEnv, "evolve.env": evolveEnv } = settings;
  const scenes = [
    {
      uri: evaluateEnv,
      title: isOwnDream(evaluateEnv) ? "the dream" : "the game",
      scores: evaluation.evolved,
    },
    ...(isOwnDream(evolveEnv) && evolveEnv !== evaluateEnv
      ? [{ uri: evolveEnv, title: "the dream", scores: evaluation.dreamed?.scores }]
      : []),
  ];
  const films: FilmData[] = [];
  for (const [index, { uri, title, scores }] of scenes.entries()) {
    const film = await makeFilm({
      env: await resolveOwnDream(uri, store, inputs),
      title,
      caption: `${uri}, ${scores === undefined ? "an episode that was not evaluated" : "the episode of the median return"}`,
      seed: BigInt(evaluation.seeds[scores === undefined ? 0 : medianEpisode(scores)] ?? 0),
      agent: { type: "agent", store: store.root, ...models, controller: controllerShape(config) },
      parameters,
      signal,
      onStep: (step, steps) => {
        onProgress((index + step / Math.max(1, steps)) / scenes.length);
      },
    });
    if (film !== undefined) films.push(film);
  }
  return films;
}

/** The episode whose return is in the middle: neither the proudest nor the saddest. */
function medianEpisode({ returns }: Scores): number {
  const order = Array.from(returns.keys()).sort((a, b) => (returns[a] ?? 0) - (returns[b] ?? 0));
  return order[Math.floor(order.length / 2)] ?? 0;
}
