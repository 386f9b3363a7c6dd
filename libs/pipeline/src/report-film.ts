import { createAgentDriver, defaultActionMapping } from "@worldmodels/agent";
import type { ActionSpec, VectorEnv } from "@worldmodels/env";
import { openEnv } from "@worldmodels/environments";
import type { FilmData } from "@worldmodels/report";
import { createModelFor } from "@worldmodels/rollout-pool/create-model-for";
import type { AgentDriver } from "@worldmodels/rollout-pool";

/** No side of a picture is longer, in pixels. */
const LONGEST_SIDE = 192;
/** Pictures per second of simulated time, about. */
const PICTURES_PER_SECOND = 12.5;

export interface FilmOptions {
  readonly env: string;
  /** See `FilmData`. */
  readonly title: string;
  /** Says which episode it is, before its return. */
  readonly caption: string;
  readonly seed: bigint;
  readonly agent: AgentDriver;
  readonly parameters: Float64Array;
  readonly signal: AbortSignal;
  readonly onStep: (step: number, steps: number) => void;
}

/** Plays one episode again, in a game or a dream, and takes pictures of it; undefined where there are none to take. */
export async function makeFilm(options: FilmOptions): Promise<FilmData | undefined> {
  // One slot is enough: an episode has the same bytes alone and in company.
  const env = await openEnv(options.env, { numEnvs: 1, observations: "all" });
  try {
    const { renderSize, tickSeconds } = env.spec;
    if (renderSize[0] === 0) return undefined;
    const size = fittedSize(renderSize);
    const stepsApart = Math.max(1, Math.round(1 / (PICTURES_PER_SECOND * tickSeconds)));
    const { shots, total } = await shootEpisode(env, { ...options, size, stepsApart });
    const data = new Uint8Array(shots.length * size.height * size.width * 3);
    shots.forEach(({ picture }, index) => {
      data.set(picture, index * picture.length);
    });
    const { action } = env.spec;
    return {
      title: options.title,
      label: `${options.caption}, seed ${options.seed}: a return of ${total.toFixed(0).replace("-", "\u2212")}`,
      frames: { count: shots.length, ...size, data },
      steps: shots.map(({ step }) => step),
      rewardSoFar: shots.map(({ rewardSoFar }) => rewardSoFar),
      actions: shots.map((shot) => shownAction(action, shot.action)),
      actionNames: action.names,
      stepsPerSecond: 1 / tickSeconds,
    };
  } finally {
    await env.close();
  }
}

interface Shot {
  readonly picture: Uint8Array;
  readonly step: number;
  readonly rewardSoFar: number;
  readonly action: readonly number[];
}

async function shootEpisode(
  env: VectorEnv,
  options: FilmOptions & {
    readonly size: { readonly width: number; readonly height: number };
    readonly stepsApart: number;
  },
): Promise<{ readonly shots: readonly Shot[]; readonly total: number }> {
  const { agent, parameters, seed, signal, size, stepsApart } = options;
  const { action, maxEpisodeSteps } = env.spec;
  const model = await createModelFor(agent, env);
  try {
    const driver = createAgentDriver({
      model,
      shape: agent.controller,
      mapping: defaultActionMapping(action),
    });
    const observations = driver.observationNames;
    const shots: Shot[] = [];
    let total = 0;
    let batch = await env.reset({ slots: [0], seeds: [seed], observations });
    driver.begin(0, { controller: parameters });
    driver.see(0, batch.observations, 0);
    for (let step = 0, ended = false; !ended; step++) {
      signal.throwIfAborted();
      const taken = await driver.act();
      if (step % stepsApart === 0) {
        shots.push({ picture: await env.render(0, size), step, rewardSoFar: total, action: [...taken] });
      }
      batch = await env.step(taken, { slots: [0], observations });
      driver.see(0, batch.observations, 0);
      total += batch.rewards[0] ?? 0;
      ended = batch.terminated[0] === 1 || batch.truncated[0] === 1;
      options.onStep(step, maxEpisodeSteps ?? step);
    }
    return { shots, total };
  } finally {
    await model.close();
  }
}

/** The environment's own size, made smaller where it is too large, in its proportions. */
export function fittedSize([width, height]: VectorEnv["spec"]["renderSize"]): {
  width: number;
  height: number;
} {
  const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height));
  return { width: Math.round(width * scale), height: Math.round(height * scale) };
}

/** Numbers in [-1, 1]: a discrete action as 1 for what was chosen, wider bounds as shares of the greatest magnitude. */
export function shownAction(action: ActionSpec, taken: readonly number[]): readonly number[] {
  if (action.type === "DISCRETE") return action.names.map((_, choice) => (choice === taken[0] ? 1 : 0));
  return taken.map((value, i) => {
    const bound = Math.max(Math.abs(action.low[i] ?? 0), Math.abs(action.high[i] ?? 0));
    return bound > 1 ? value / bound : value;
  });
}
