import type { EnvSpec } from "@worldmodels/env";
import { DomainError } from "@worldmodels/errors";
import type { MdnRnnConfig, RecurrentState } from "@worldmodels/mdn-rnn";
import type { DreamSettings } from "./dream-settings.js";

/**
 * M as a dream needs it: its sizes, and one step with a draw of the next latent, for a batch of fixed size. The arrays are
 * the model's own and stay where they are: nothing is copied that need not be.
 */
export interface DreamModel {
  readonly config: MdnRnnConfig;
  /** Temperature of the draws: the dream's. */
  readonly temperature: number;
  /**
   * Rows that every step computes, whatever is in them: kernels may round otherwise for another size, and a row must not
   * depend on its place or its company.
   */
  readonly batch: number;
  /** `[batch, ...]`, filled before each step. */
  readonly inputs: RecurrentState & {
    readonly latent: Float32Array;
    readonly action: Float32Array;
    /** `[batch]`, where M reads it: 1 at the first step of an episode. */
    readonly restart: Float32Array | undefined;
    /** Random numbers of the draws, as `drawMixture` takes them: `[batch, latentDim]` each. */
    readonly uniform: Float32Array;
    readonly normal: Float32Array;
  };
  step(): DreamPrediction | Promise<DreamPrediction>;
  close?(): void | Promise<void>;
}

/** What comes of a step, `[batch, ...]`; valid until the next one. */
export interface DreamPrediction extends RecurrentState {
  /** The next z. */
  readonly latent: Float32Array;
  /** `[batch]` each, where M has the head. */
  readonly reward: Float32Array | undefined;
  readonly terminatedLogit: Float32Array | undefined;
}

/** V's decoder, where the dream shall be seen. */
export interface DreamDecoder {
  /** Most rows of a call. */
  readonly batch: number;
  /**
   * @param latent `[rows, latentDim]`, 1 to `batch` rows
   * @returns uint8 `[rows, 64, 64, 3]`, valid until the next call
   */
  decode(latent: Float32Array): Uint8Array | Promise<Uint8Array>;
  close?(): void | Promise<void>;
}

/** V's posterior of real first frames: where dreams begin. */
export interface StartLatents {
  /** `[starts, latentDim]` */
  readonly mean: Float32Array;
  /** `[starts, latentDim]`, natural logarithm of the variance */
  readonly logVariance: Float32Array;
}

/** A head of M that a dream needs and M has not. */
export interface MissingHead {
  /** What it would predict. */
  readonly what: string;
  /** The run's setting that trains it. */
  readonly setting: string;
  /** Settings of a dream that does without. */
  readonly instead: string;
}

/**
 * The first head that the settings of a dream need and M lacks, if any.
 *
 * @param rewardRange of a step of the recorded environment, where it is known: where every step is worth the same,
 *   `reward=auto` needs no head
 */
export function missingHead(
  heads: Pick<MdnRnnConfig, "rewardHead" | "terminatedHead">,
  settings: DreamSettings,
  rewardRange: EnvSpec["rewardRange"] = [-Infinity, Infinity],
): MissingHead | undefined {
  const needsReward =
    settings.reward === "predicted" || (settings.reward === "auto" && rewardRange[0] !== rewardRange[1]);
  if (needsReward && !heads.rewardHead) {
    return {
      what: "predicted rewards",
      setting: "mdn_rnn.reward_head",
      instead: "reward=one or reward=none",
    };
  }
  if (settings.terminated !== "never" && !heads.terminatedHead) {
    return {
      what: "predicted ends of episodes",
      setting: "mdn_rnn.terminated_head",
      instead: "terminated=never",
    };
  }
  return undefined;
}

/**
 * That M predicts what the settings ask of it.
 *
 * @throws DomainError `failed-precondition` naming the head that is missing and what to do
 */
export function assertHeads(
  config: MdnRnnConfig,
  settings: DreamSettings,
  rewardRange: EnvSpec["rewardRange"],
): void {
  const missing = missingHead(config, settings, rewardRange);
  if (missing === undefined) return;
  throw new DomainError(
    "failed-precondition",
    `this dream needs ${missing.what}, and its M was trained without that head; ` +
      `train M with ${missing.setting}=true, or dream with ${missing.instead}`,
  );
}

/**
 * The number of starts.
 *
 * @throws DomainError `invalid-argument` where the arrays do not fit each other or M, or there is none
 */
export function countStarts({ mean, logVariance }: StartLatents, latentDim: number): number {
  const starts = mean.length / latentDim;
  if (mean.length === logVariance.length && Number.isInteger(starts) && starts >= 1) return starts;
  throw new DomainError(
    "invalid-argument",
    `the dream's first latents (${mean.length} means, ${logVariance.length} log variances) are not rows of ` +
      `${latentDim}; take them from the V that M was trained with`,
  );
}
