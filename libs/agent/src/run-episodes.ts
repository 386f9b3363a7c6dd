import { SlotStatus } from "@worldmodels/env";
import type { Batch, VectorEnv } from "@worldmodels/env";
import { DomainError } from "@worldmodels/errors";
import type { Driver } from "./driver.js";
import { penalisedReturn } from "./early-stop.js";
import type { EarlyStop } from "./early-stop.js";
import { createTaskSource } from "./task-source.js";
import type { Tasks } from "./task-source.js";

/** One episode to play. The result depends on the task alone: not on its slot, its company or its turn. */
export interface EpisodeTask {
  /** Given back with the result. */
  readonly id: number | string;
  /** Seed of the episode's reset. */
  readonly seed: bigint;
  /** Gives the episode up when it gets nowhere; for fitness only. Needs a step limit in the environment's spec. */
  readonly earlyStop?: EarlyStop;
}

export interface EpisodeResult {
  readonly id: number | string;
  readonly seed: bigint;
  /** Sum of the rewards. */
  readonly return: number;
  /** Steps. */
  readonly length: number;
  /** The environment ended it (goal or failure); its step limit cut it off; or `earlyStop` did. */
  readonly ending: "terminated" | "truncated" | "stopped-early";
  /** The return as `earlyStop` accounts for it, for use as fitness; without `earlyStop` the return. */
  readonly penalisedReturn: number;
}

/** Follows episodes as they are played, e.g. to record them. Observations and actions are valid only during the call. */
export interface EpisodeWatcher<T> {
  /** Observations wanted besides the driver's. */
  readonly observationNames: readonly string[];
  /** Called again, with no end in between, where the slot's engine failed and the episode is played anew. */
  onBegin(slot: number, task: T, first: StepView): void;
  /** After each step: the action taken, what it brought, and the observations that came of it. */
  onStep(slot: number, task: T, action: Float32Array, after: StepView): void;
  /** After the last step of the slot's episode. */
  onEnd(slot: number, task: T, result: EpisodeResult): void;
}

/** One row of an environment's reply. */
export interface StepView {
  readonly batch: Batch;
  readonly row: number;
}

/** How often an episode is begun whose slot faults; one that fails so often fails for a reason of its own. */
const MOST_ATTEMPTS = 4;

/**
 * Plays episodes in all slots of an environment at once, each slot taking the next task as soon as its episode
 * ends, with one batched call of the driver per step. Yields results in the order in which episodes end. An episode
 * whose slot faults is played again from its seed: a task's result depends on the task alone, so nothing is lost or counted twice.
 *
 * @param env with autoreset DISABLED and as many slots as the driver
 * @param signal stops everything between two steps, with the signal's reason
 * @throws DomainError `unavailable` where one episode's engine failed four times; unfinished tasks may be run again elsewhere
 */
export async function* runEpisodes<T extends EpisodeTask>(options: {
  readonly env: VectorEnv;
  readonly driver: Driver<NoInfer<T>>;
  readonly tasks: Tasks<T>;
  readonly watcher?: EpisodeWatcher<NoInfer<T>> | undefined;
  readonly signal?: AbortSignal | undefined;
}): AsyncGenerator<EpisodeResult, void, void> {
  const { env, driver, watcher, signal } = options;
  assertFits(env, driver);
  const observations = [...new Set([...driver.observationNames, ...(watcher?.observationNames ?? [])])];
  const source = createTaskSource(options.tasks);
  const episodes = new Map<number, RunningEpisode<T>>();
  let faulted: Start<T>[] = [];
  for (let slot = 0; slot < env.numEnvs; slot++) source.request(slot);
  try {
    for (;;) {
      signal?.throwIfAborted();
      const starts: Start<T>[] = [...source.ready(), ...faulted].sort((a, b) => a.slot - b.slot);
      faulted = [];
      if (starts.length > 0) {
        const batch = await env.reset({
          slots: starts.map(({ slot }) => slot),
          seeds: starts.map(({ task }) => task.seed),
          observations,
        });
        for (const { task } of starts) assertLimited(task, env);
        starts.forEach(({ slot, task, attempts = 1 }, row) => {
          episodes.set(slot, { task, attempts, return: 0, length: 0, lastReward: 0, idleSteps: 0 });
          driver.begin(slot, task);
          driver.see(slot, batch.observations, row);
          watcher?.onBegin(slot, task, { batch, row });
        });
      }
      if (episodes.size === 0) {
        if (!source.waiting) return;
        await abortable(source.answered(), signal);
        continue;
      }
      const slots = [...episodes.keys()].sort((a, b) => a - b);
      const actions = gatherRows(await driver.act(), driver.actionSize, slots, env.numEnvs);
      const batch = await env.step(actions, { slots, observations });
      for (const [row, slot] of slots.entries()) {
        const episode = episodes.get(slot);
        if (episode === undefined) continue;
        if (batch.statuses[row] !== SlotStatus.OK) {
          episodes.delete(slot);
          faulted.push({ slot, task: episode.task, attempts: nextAttempt(episode) });
          continue;
        }
        const ending = advance(episode, batch, row);
        driver.see(slot, batch.observations, row);
        const action = actions.subarray(row * driver.actionSize, (row + 1) * driver.actionSize);
        watcher?.onStep(slot, episode.task, action, { batch, row });
        if (ending === undefined) continue;
        episodes.delete(slot);
        const result = resultOf(episode, ending, env.spec.maxEpisodeSteps);
        watcher?.onEnd(slot, episode.task, result);
        source.request(slot);
        yield result;
      }
    }
  } finally {
    await source.close();
  }
}

interface Start<T> {
  readonly slot: number;
  readonly task: T;
  /** Counts from 1, which is the default. */
  readonly attempts?: number;
}

interface RunningEpisode<T> {
  readonly task: T;
  readonly attempts: number;
  return: number;
  length: number;
  lastReward: number;
  /** Steps since the last reward above 0. */
  idleSteps: number;
}

/** Takes one row of a reply into the episode's account; returns how the episode has ended, if it has. */
function advance<T extends EpisodeTask>(
  episode: RunningEpisode<T>,
  batch: Batch,
  row: number,
): EpisodeResult["ending"] | undefined {
  const reward = batch.rewards[row] ?? NaN;
  episode.return += reward;
  episode.length += 1;
  episode.lastReward = reward;
  episode.idleSteps = reward > 0 ? 0 : episode.idleSteps + 1;
  if (batch.terminated[row] === 1) return "terminated";
  if (batch.truncated[row] === 1) return "truncated";
  return episode.idleSteps >= (episode.task.earlyStop?.patience ?? Infinity) ? "stopped-early" : undefined;
}

/** The number of the attempt that follows one whose engine failed. */
function nextAttempt<T extends EpisodeTask>({ task, attempts, length }: RunningEpisode<T>): number {
  if (attempts < MOST_ATTEMPTS) return attempts + 1;
  throw new DomainError(
    "unavailable",
    `the environment failed ${attempts} times in episode "${task.id}" (seed ${task.seed}), at last in step ${length + 1}; run it again`,
  );
}

function resultOf<T extends EpisodeTask>(
  episode: RunningEpisode<T>,
  ending: EpisodeResult["ending"],
  stepLimit: number | null,
): EpisodeResult {
  const { task, length, lastReward } = episode;
  const { earlyStop } = task;
  const played = { return: episode.return, length, ending };
  return {
    id: task.id,
    seed: task.seed,
    ...played,
    penalisedReturn:
      earlyStop === undefined || stepLimit === null
        ? episode.return
        : penalisedReturn({ ...played, lastReward }, earlyStop, stepLimit),
  };
}

/** Rows of these slots, close together; the array itself where that is all of them. */
function gatherRows(
  rows: Float32Array,
  width: number,
  slots: readonly number[],
  count: number,
): Float32Array {
  if (slots.length === count) return rows;
  const gathered = new Float32Array(slots.length * width);
  slots.forEach((slot, row) => gathered.set(rows.subarray(slot * width, (slot + 1) * width), row * width));
  return gathered;
}

/** Waits for the promise, or until the signal is aborted, whichever comes first. */
async function abortable(promise: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return promise;
  let stop = () => {};
  const aborted = new Promise<void>((resolve) => {
    stop = resolve;
    signal.addEventListener("abort", stop, { once: true });
  });
  await Promise.race([promise, aborted]);
  signal.removeEventListener("abort", stop);
}

function assertFits<T>(env: VectorEnv, driver: Driver<T>): void {
  const fault =
    env.autoreset !== "DISABLED"
      ? `the environment resets itself (${env.autoreset}); make it with autoreset DISABLED`
      : env.numEnvs !== driver.batch
        ? `the environment has ${env.numEnvs} slots and the driver ${driver.batch}; make them equal`
        : undefined;
  if (fault !== undefined) throw new DomainError("invalid-argument", `cannot run episodes: ${fault}`);
}

/** An episode that is given up is charged for the steps up to the limit, so there must be one. */
function assertLimited({ earlyStop }: EpisodeTask, { spec }: VectorEnv): void {
  if (earlyStop === undefined || spec.maxEpisodeSteps !== null) return;
  throw new DomainError(
    "invalid-argument",
    `cannot run episodes: ${spec.id} has no step limit, so an episode stopped early cannot be charged for the rest; set one`,
  );
}
