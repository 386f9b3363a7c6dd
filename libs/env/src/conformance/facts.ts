import type { AutoresetMode, VectorEnv } from "../vector-env.js";

/** How the suite asks for an environment. */
export interface MakeOptions {
  readonly numEnvs: number;
  readonly autoreset?: AutoresetMode;
  /** Default: the environment's own choice. */
  readonly observations?: readonly string[];
  /** The step limit that the environment must have; default: its own. */
  readonly maxEpisodeSteps?: number;
}

export type MakeVectorEnv = (options: MakeOptions) => Promise<VectorEnv>;

/** What the suite cannot find out by itself. */
export interface ConformanceFacts {
  /**
   * Steps that the comparisons of bytes go on for; no episode may end by itself within them, whatever the actions.
   * Default 8.
   */
  readonly steps?: number;
  /** Steps after which episodes of two seeds have shown different observations, at most `steps`; default 1. */
  readonly stepsToDiffer?: number;
  /** Slots in most tests, at least 3; default 3. */
  readonly numEnvs?: number;
  /** Whether finite actions outside the bounds are refused, as they are by default. */
  readonly actionBounds?: "refuse" | "engine";
  /** Makes the engine of a slot fail at the slot's next step; absent where that cannot be arranged. */
  readonly fault?: (env: VectorEnv, slot: number) => void | Promise<void>;
}

export interface Suite {
  readonly make: MakeVectorEnv;
  readonly steps: number;
  readonly numEnvs: number;
  readonly facts: ConformanceFacts;
}
