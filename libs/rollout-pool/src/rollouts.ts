import type { ControllerShape, EarlyStop, EpisodeResult, PolicyKind } from "@worldmodels/agent";
import type { ArtifactRef } from "@worldmodels/artifacts";
import type { RecordLayout } from "@worldmodels/episodes";
import { createWorkerPool } from "./worker-pool.js";
import type { WorkerPool, WorkerPoolOptions } from "./worker-pool.js";

/** What all episodes of a pool have in common. Plain data: it travels to the worker processes. */
export interface RolloutSetup {
  /** URI of the environment, real or dream. */
  readonly env: string;
  /** Environments that one worker steps together, and rows of its one inference call per step. */
  readonly slots: number;
  readonly driver: PolicyDriver | AgentDriver;
  /** Records every episode of at least `minSteps` (default 0), in a work folder of `createRecordWriter`. */
  readonly record?: { readonly folder: string; readonly layout: RecordLayout; readonly minSteps?: number };
}

export interface PolicyDriver {
  readonly type: "policy";
  readonly kind: PolicyKind;
  /** For `held`: most steps that an action is kept for; default the paper's. */
  readonly hold?: number;
}

export interface AgentDriver {
  readonly type: "agent";
  /** Root folder of the artifact store that holds the models. */
  readonly store: string;
  readonly vae: ArtifactRef;
  /** Read where C sees its state. Where C sees z alone workers need none; a rollout service does, for C's sizes. */
  readonly mdnRnn?: ArtifactRef;
  readonly controller: ControllerShape;
}

/** One episode. Its result is a function of this and the setup alone. */
export interface RolloutTask {
  /** The episode's number in what it belongs to; names its files where it is recorded. */
  readonly index: number;
  /** Seed of the environment's reset. */
  readonly seed: bigint;
  /** For a policy driver: the seed of everything random about the policy. */
  readonly policySeed?: bigint;
  /** For an agent driver: C's flat parameters. */
  readonly controller?: Float64Array;
  /** For fitness only: gives the episode up when it gets nowhere. */
  readonly earlyStop?: EarlyStop;
}

/** Its `id` is the task's index. */
export type RolloutResult = EpisodeResult;
export type RolloutPool = WorkerPool<RolloutTask, RolloutResult>;

/** Tasks that a worker holds beyond its slots, so that a slot that ends an episode finds the next one waiting. */
const PREFETCHED_TASKS = 2;

/** Worker processes that play episodes: environment, V, M and C in each. */
export function createRolloutPool(
  setup: RolloutSetup,
  options: Pick<WorkerPoolOptions, "workers" | "onDeath" | "maxDeathsInARow">,
): RolloutPool {
  // The sibling module, as source or as built, whichever this one is.
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  return createWorkerPool<RolloutTask, RolloutResult>({
    ...options,
    entry: new URL(`./worker-main.${extension}`, import.meta.url),
    setup,
    tasksPerWorker: setup.slots + PREFETCHED_TASKS,
  });
}
