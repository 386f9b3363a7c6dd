import type { EarlyStop, EpisodeResult } from "@worldmodels/agent";
import { carRacingEarlyStop } from "@worldmodels/agent";
import { createCmaEs, restoreCmaEs } from "@worldmodels/cma-es";
import type { CmaEs } from "@worldmodels/cma-es";
import { createRng } from "@worldmodels/rng";
import type { RolloutPool, RolloutTask } from "@worldmodels/rollout-pool";
import { decodeParameters, encodeParameters } from "./evolution-state.js";
import type { EvolutionState, GenerationRecord, MeanRecord } from "./evolution-state.js";
import { summariseScores } from "./scores.js";
import { environmentSeed, streamOf } from "./seeds.js";
import type { RunSettings } from "./settings.js";

/** The settings that evolution depends on. */
export type EvolveSettings = Pick<RunSettings, Extract<keyof RunSettings, `evolve.${string}`>>;

export interface EvolveOptions {
  readonly settings: EvolveSettings;
  readonly seed: bigint;
  /** Numbers in C's flat parameter vector. */
  readonly parameterCount: number;
  readonly pool: RolloutPool;
  /** Where to go on from, if anywhere. */
  readonly state: EvolutionState | undefined;
  readonly signal: AbortSignal;
  /** Called after every generation, with everything needed to go on from there. */
  readonly onGeneration: (state: EvolutionState) => Promise<void>;
  /** Called as episodes end: candidates' steps done and planned, and steps of any kind played since the last call. */
  readonly onSteps: (done: number, total: number, played: number) => void;
}

/**
 * Evolves C: ask, play, tell, until both phases have spent their steps. Explore: few common tracks, hopeless episodes
 * given up. Refine: whole episodes on more tracks, a smaller step size. Every few generations the mean of the
 * distribution is judged on held-out tracks, the same ones each time, and the best mean is what comes out.
 */
export async function evolve(options: EvolveOptions): Promise<EvolutionState> {
  const { settings, signal } = options;
  let state = options.state ?? initialState(options);
  const cma = restoreCmaEs(state.cma);
  const budget = { explore: settings["evolve.explore_steps"], refine: settings["evolve.refine_steps"] };
  const total = budget.explore + budget.refine;
  for (;;) {
    signal.throwIfAborted();
    if (state.phase === "explore" && state.phaseSteps >= budget.explore) {
      state = { ...state, phase: "refine", phaseSteps: 0 };
      cma.setSigma(refineSigma(settings));
    }
    if (state.phase === "refine" && state.phaseSteps >= budget.refine) break;
    state = await playGeneration(options, state, cma, total);
    await options.onGeneration(state);
  }
  if (state.pending !== null) {
    const results = await options.pool.run(heldOutTasks(options, state.pending.parameters), { signal });
    state = judgePending(state, results);
    await options.onGeneration(state);
  }
  return state;
}

function initialState({ settings, parameterCount }: EvolveOptions): EvolutionState {
  const phase = settings["evolve.explore_steps"] > 0 ? "explore" : "refine";
  const sigma = phase === "explore" ? settings["evolve.explore_sigma"] : settings["evolve.refine_sigma"];
  const cma = createCmaEs({
    // The paper's code starts from zeros too: every control at its middle.
    x0: new Float64Array(parameterCount),
    sigma0: sigma,
    options: {
      populationSize: settings["evolve.population"],
      covariance: settings["evolve.covariance"] === "full" ? "full" : "diagonal",
      sigmaRule: settings["evolve.sigma_rule"] === "csa" ? "csa" : "fixed",
    },
  });
  return {
    cma: cma.checkpoint(),
    phase,
    steps: 0,
    phaseSteps: 0,
    generations: [],
    means: [],
    bestMean: null,
    pending: null,
  };
}

function refineSigma(settings: EvolveSettings): { sigma: number; maxSigma?: number } {
  const sigma = settings["evolve.refine_sigma"];
  return settings["evolve.sigma_rule"] === "fixed" ? { sigma, maxSigma: sigma } : { sigma };
}

async function playGeneration(
  options: EvolveOptions,
  state: EvolutionState,
  cma: CmaEs,
  totalSteps: number,
): Promise<EvolutionState> {
  const { settings, seed, pool, signal } = options;
  const generation = cma.generation + 1;
  const exploring = state.phase === "explore";
  const episodes = settings[exploring ? "evolve.explore_episodes" : "evolve.refine_episodes"];
  const earlyStop = exploring ? earlyStopOf(settings) : undefined;
  const candidates = cma.ask(createRng(streamOf(seed, "candidates", generation)));
  // The same tracks for every candidate of a generation, fresh ones in the next.
  const tracks = Array.from({ length: episodes }, (_, k) =>
    environmentSeed(seed, "evolveTracks", generation, k),
  );
  const tasks: RolloutTask[] = candidates.flatMap((controller, candidate) =>
    tracks.map((track, k) => ({
      index: candidate * episodes + k,
      seed: track,
      controller,
      ...(earlyStop && { earlyStop }),
    })),
  );
  // A mean that waits to be judged fills the slots that a generation's last episodes leave empty.
  const judged = state.pending === null ? [] : heldOutTasks(options, state.pending.parameters);
  let played = state.steps;
  const results = await pool.run([...tasks, ...judged], {
    signal,
    onResult: (index, result) => {
      if (index < tasks.length) played += result.length;
      // The last generation goes beyond the budget: it is played to its end.
      options.onSteps(played, Math.max(played, totalSteps), result.length);
    },
  });
  const fitness = candidates.map((_, candidate) => {
    const own = results.slice(candidate * episodes, (candidate + 1) * episodes);
    return own.reduce((sum, result) => sum + result.penalisedReturn, 0) / episodes;
  });
  cma.tell(fitness);
  const spent = results.slice(0, tasks.length).reduce((sum, result) => sum + result.length, 0);
  const steps = state.steps + spent;
  const record = generationRecord(generation, state.phase, steps, fitness, cma.sigma);
  const isDue = generation % settings["evolve.evaluate_every"] === 0 || isLast(settings, state, spent);
  const after = judgePending(state, results.slice(tasks.length));
  return {
    ...after,
    cma: cma.checkpoint(),
    steps,
    phaseSteps: state.phaseSteps + spent,
    generations: [...state.generations, record],
    pending: isDue ? { parameters: encodeParameters(cma.mean), generation, steps } : null,
  };
}

/** Whether evolution ends with this generation: its mean is then judged whatever its number. */
function isLast(settings: EvolveSettings, state: EvolutionState, spent: number): boolean {
  const budget = settings[state.phase === "explore" ? "evolve.explore_steps" : "evolve.refine_steps"];
  const phaseEnds = state.phaseSteps + spent >= budget;
  return phaseEnds && (state.phase === "refine" || settings["evolve.refine_steps"] === 0);
}

function earlyStopOf(settings: EvolveSettings): EarlyStop | undefined {
  const patience = settings["evolve.patience"];
  return patience > 0 ? { ...carRacingEarlyStop, patience } : undefined;
}

function heldOutTasks({ settings, seed }: EvolveOptions, parameters: string): RolloutTask[] {
  const controller = decodeParameters(parameters);
  return Array.from({ length: settings["evolve.evaluate_episodes"] }, (_, k) => ({
    index: k,
    seed: environmentSeed(seed, "heldOutTracks", k),
    controller,
  }));
}

function judgePending(state: EvolutionState, results: readonly EpisodeResult[]): EvolutionState {
  const { pending } = state;
  if (pending === null || results.length === 0) return state;
  const { mean, sd } = summariseScores(results);
  const record: MeanRecord = { generation: pending.generation, steps: pending.steps, score: mean, sd };
  const isBest = state.bestMean === null || mean > state.bestMean.record.score;
  return {
    ...state,
    pending: null,
    means: [...state.means, record],
    bestMean: isBest ? { parameters: pending.parameters, record } : state.bestMean,
  };
}

function generationRecord(
  generation: number,
  phase: EvolutionState["phase"],
  steps: number,
  fitness: readonly number[],
  sigma: number,
): GenerationRecord {
  const mean = fitness.reduce((sum, value) => sum + value, 0) / fitness.length;
  const variance = fitness.reduce((sum, value) => sum + (value - mean) ** 2, 0) / fitness.length;
  return {
    generation,
    phase,
    steps,
    fitness: { best: Math.max(...fitness), mean, worst: Math.min(...fitness), sd: Math.sqrt(variance) },
    sigma,
  };
}
