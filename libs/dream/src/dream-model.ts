import { DomainError } from "@worldmodels/errors";
import type { MdnRnnConfig, MdnRnnPrediction, RecurrentState } from "@worldmodels/mdn-rnn";
import type { DreamSettings } from "./dream-settings.js";

/** M as a dream needs it: its sizes, and one step for a batch of fixed size. */
export interface DreamModel {
  readonly config: MdnRnnConfig;
  /** Rows of every call, always all of them: kernels may round otherwise for another size. */
  readonly batch: number;
  /**
   * @param input `[batch, latentDim]`, `[batch, actionSize]` and, where M reads it, `[batch]` flags
   * @param state before this step, `[batch, hidden]` each
   * @returns arrays that need to stay valid until the next call only
   */
  step(
    input: { readonly latent: Float32Array; readonly action: Float32Array; readonly restart?: Float32Array },
    state: RecurrentState,
  ): MdnRnnPrediction | Promise<MdnRnnPrediction>;
  close?(): void | Promise<void>;
}

/** V's decoder, where the dream shall be seen. */
export interface DreamDecoder {
  /** Rows of every call. */
  readonly batch: number;
  /**
   * @param latent `[batch, latentDim]`
   * @returns uint8 `[batch, 64, 64, 3]`, valid until the next call
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

/** The first head that the settings of a dream need and M lacks, if any. */
export function missingHead(
  heads: Pick<MdnRnnConfig, "rewardHead" | "terminatedHead">,
  settings: DreamSettings,
): MissingHead | undefined {
  if (settings.reward === "predicted" && !heads.rewardHead) {
    return {
      what: "predicted rewards",
      setting: "mdn_rnn.reward_head",
      instead: "reward=one or reward=none",
    };
  }
  if (settings.terminated === "predicted" && !heads.terminatedHead) {
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
export function assertHeads(config: MdnRnnConfig, settings: DreamSettings): void {
  const missing = missingHead(config, settings);
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
