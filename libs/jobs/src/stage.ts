import type { ArtifactRef, ArtifactStore, JsonObject } from "@worldmodels/artifacts";

/**
 * One step of a pipeline as a function of its inputs, configuration and seed: `(inputs, configuration, context)
 * -> artifacts`. It runs in a process of its own and may be killed at any moment: whatever it must not lose goes
 * into its checkpoint or its scratch folder.
 */
export interface Stage {
  /** Lower-case words, e.g. `train-vae`. */
  readonly name: string;
  /** Raised whenever the same inputs would give other bytes than before. */
  readonly version: number;
  run(context: StageContext): Promise<StageResult>;
}

export interface StageContext {
  /** Artifacts to work on, by role. */
  readonly inputs: Readonly<Record<string, ArtifactRef>>;
  readonly config: JsonObject;
  /** All randomness of the stage follows from this. */
  readonly seed: bigint;
  /** How to spread the work; never changes a result, and is not part of the job's key. */
  readonly execution: {
    /** Worker processes that the stage may use. */
    readonly workers: number;
    /** Addresses of rollout services that play episodes instead of workers of the stage's own; none where absent. */
    readonly rollouts?: readonly string[];
  };
  readonly store: ArtifactStore;
  /** A folder for unfinished work; kept until the job succeeds. */
  readonly scratch: string;
  /** Aborted when the job is to stop; throw its reason soon. */
  readonly signal: AbortSignal;
  /** The last checkpoint saved, in this attempt or one that was killed. */
  loadCheckpoint(): Promise<Uint8Array | undefined>;
  /** Replaces the checkpoint, whole or not at all. */
  saveCheckpoint(bytes: Uint8Array): Promise<void>;
  /**
   * @param done of `total`, in `unit`s (plural)
   * @param metrics a few numbers or words worth watching
   */
  progress(
    done: number,
    total: number,
    unit: string,
    metrics?: Readonly<Record<string, number | string>>,
  ): void;
  /** A line worth keeping, for people. */
  say(line: string): void;
}

export interface StageResult {
  /** What the stage made, by role. */
  readonly artifacts: Readonly<Record<string, ArtifactRef>>;
  /** What is worth knowing about the making: backend, losses, memory. Part of no digest. */
  readonly facts?: JsonObject;
}

/** What a job is: a stage and everything its result depends on. */
export interface JobDefinition {
  readonly stage: Pick<Stage, "name" | "version">;
  /** URL of the module whose export `stage` is the stage. */
  readonly module: string;
  readonly inputs: Readonly<Record<string, ArtifactRef>>;
  readonly config: JsonObject;
  readonly seed: bigint;
}
