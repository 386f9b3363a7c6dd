import type { ObservationArray } from "@worldmodels/env";

/** What C may read of every slot: `latent` is `[batch, latentDim]`, `hidden` and `cell` are `[batch, hiddenDim]` or empty. */
export interface AgentFeatures {
  readonly latentDim: number;
  /** 0 where there is no M. */
  readonly hiddenDim: number;
  readonly latent: Float32Array;
  readonly hidden: Float32Array;
  readonly cell: Float32Array;
}

/**
 * V and M over a batch of slots: turns what the slots see into what C reads.
 *
 * In the paper's order, h at time t is what M made of everything before the frame of time t. V(frame t) and
 * M(z, a of time t - 1) do not need each other, so one batched call gives both, and C runs after it.
 */
export interface AgentModel {
  readonly batch: number;
  /** The observations that `see` reads. */
  readonly observationNames: readonly string[];
  /** Always the same arrays, owned by the model, rewritten by each `advance`. */
  readonly features: AgentFeatures;
  /** Log variance of the latent, `[batch, latentDim]`, where the model was made to give it. */
  readonly logVariance: Float32Array | undefined;
  /** Begins an episode in the slot: its state will be zero when its first observation has been taken in. */
  begin(slot: number): void;
  /** Takes row `row` of the observations, by name, as what the slot sees now. */
  see(slot: number, observations: Readonly<Record<string, ObservationArray>>, row: number): void;
  /**
   * Takes one step of time in every slot that has seen something since the last call: z from what is seen now, h and
   * c from the z before and the action since.
   * A caller that changes `features.latent` (to sample it) changes what M is told next.
   *
   * @param actions `[batch, actionSize]`, taken since the last call; rows of slots that have just begun are ignored
   */
  advance(actions: Float32Array): Promise<void>;
}
