import { actionSize } from "@worldmodels/env";
import type { ActionSpec, Engine, EnvSpec, ObservationArray, StepOutcome } from "@worldmodels/env";
import { DomainError } from "@worldmodels/errors";
import { sampleMixture } from "@worldmodels/mdn-rnn";
import type { MdnRnnPrediction } from "@worldmodels/mdn-rnn";
import { createRng } from "@worldmodels/rng";
import type { Rng } from "@worldmodels/rng";
import { assertHeads, countStarts } from "./dream-model.js";
import type { DreamDecoder, DreamModel, StartLatents } from "./dream-model.js";
import type { DreamSettings } from "./dream-settings.js";
import { dreamSpec, MAX_DREAMS, PICTURE_SIDE } from "./dream-spec.js";
import { packDreamState, unpackDreamState } from "./dream-state.js";
import { scalePicture } from "./scale-picture.js";

export interface DreamEngineOptions {
  /** As it is asked for, e.g. `dream:runs/desk`. */
  readonly id: string;
  readonly numEnvs: number;
  readonly model: DreamModel;
  /** V's decoder, for `wm64` and `render`; its batch must be the model's. */
  readonly decoder?: DreamDecoder;
  readonly startLatents: StartLatents;
  /** The action that M was trained with. */
  readonly action: ActionSpec;
  readonly settings: DreamSettings;
  /** Digests of the models, by name. */
  readonly versions: Readonly<Record<string, string>>;
  /** Simulated seconds of one step, as in the environment that was recorded; default 1/50. */
  readonly tickSeconds?: number;
  /** What the model's arithmetic allows; default TOLERANCE: kernels round differently on other processors. */
  readonly determinism?: EnvSpec["determinism"];
}

const PICTURE_BYTES = PICTURE_SIDE * PICTURE_SIDE * 3;

/**
 * An environment that M imagines (Ha & Schmidhuber 2018, section 4): from a real first latent and a zero state,
 * M says what comes next, one component per dimension is chosen with softmax(logits / temperature), and its
 * noise is scaled by sqrt(temperature). An episode is terminated where M's logit is above 0, not drawn at random:
 * the paper found a sampled rare event less stable. Each slot draws from a stream of its own, and M always gets
 * full batches, so that an episode does not depend on its company.
 *
 * The engine owns the model and the decoder, and closes them.
 *
 * @throws DomainError `failed-precondition` where M lacks a head that the settings need, `invalid-argument` where
 *   parts do not fit each other
 */
export function createDreamEngine(options: DreamEngineOptions): Engine {
  const { model, decoder, numEnvs } = options;
  const { config } = model;
  assertHeads(config, options.settings);
  const fits = (holds: boolean, complaint: string): void => {
    if (!holds) throw new DomainError("invalid-argument", `${options.id}: ${complaint}`);
  };
  const size = actionSize(options.action);
  fits(size === config.actionSize, `M was trained with ${config.actionSize} numbers per action, not ${size}`);
  fits(
    decoder === undefined || decoder.batch === model.batch,
    `the decoder takes batches of ${decoder?.batch}, M of ${model.batch}; they must be equal`,
  );
  fits(
    Number.isInteger(numEnvs) && numEnvs >= 1 && numEnvs <= MAX_DREAMS,
    `numEnvs = ${numEnvs} is not a whole number from 1 to ${MAX_DREAMS}`,
  );
  return new DreamEngine(options, countStarts(options.startLatents, config.latentDim));
}

class DreamEngine implements Engine {
  readonly spec: EnvSpec;
  readonly numEnvs: number;
  readonly #model: DreamModel;
  readonly #decoder: DreamDecoder | undefined;
  readonly #settings: DreamSettings;
  readonly #starts: StartLatents;
  readonly #startCount: number;
  readonly #rngs: (Rng | undefined)[];
  // Arrays of all slots, padded to whole batches: [rows, width] each.
  readonly #rows: number;
  readonly #latent: Float32Array;
  readonly #action: Float32Array;
  readonly #restart: Float32Array;
  readonly #hidden: Float32Array;
  readonly #cell: Float32Array;
  readonly #frames: Uint8Array;

  constructor(options: DreamEngineOptions, startCount: number) {
    const { id, numEnvs, model, decoder, settings, versions, action } = options;
    const { config, batch } = model;
    this.spec = dreamSpec({
      id,
      versions,
      action,
      config,
      settings,
      hasDecoder: decoder !== undefined,
      tickSeconds: options.tickSeconds ?? 1 / 50,
      determinism: options.determinism ?? "TOLERANCE",
    });
    this.numEnvs = numEnvs;
    this.#model = model;
    this.#decoder = decoder;
    this.#settings = settings;
    this.#starts = options.startLatents;
    this.#startCount = startCount;
    this.#rngs = new Array<undefined>(numEnvs).fill(undefined);
    this.#rows = Math.ceil(numEnvs / batch) * batch;
    this.#latent = new Float32Array(this.#rows * config.latentDim);
    this.#action = new Float32Array(this.#rows * config.actionSize);
    this.#restart = new Float32Array(this.#rows);
    this.#hidden = new Float32Array(this.#rows * config.hidden);
    this.#cell = new Float32Array(this.#rows * config.hidden);
    this.#frames = new Uint8Array(decoder ? this.#rows * PICTURE_BYTES : 0);
  }

  reset(slots: readonly number[], seeds: readonly (bigint | undefined)[]): void {
    const { latentDim } = this.#model.config;
    for (const [i, slot] of slots.entries()) {
      const seed = seeds[i];
      const rng = seed === undefined ? this.#rngOf(slot) : createRng(seed);
      this.#rngs[slot] = rng;
      this.#hiddenOf(slot).fill(0);
      this.#cellOf(slot).fill(0);
      this.#restart[slot] = 1;
      const start = rng.integers(this.#startCount) * latentDim;
      const latent = this.#latentOf(slot);
      for (let k = 0; k < latentDim; k++) {
        const mean = this.#starts.mean[start + k] ?? 0;
        const logVariance = this.#starts.logVariance[start + k] ?? 0;
        const noise = this.#settings.start_latent === "mean" ? 0 : rng.standardNormal();
        latent[k] = mean + Math.exp(logVariance / 2) * noise;
      }
    }
  }

  async step(slots: readonly number[], actions: Float32Array, outcome: StepOutcome): Promise<void> {
    const { batch, config } = this.#model;
    const size = config.actionSize;
    for (const [row, slot] of slots.entries()) {
      this.#action.set(actions.subarray(row * size, (row + 1) * size), slot * size);
    }
    for (let first = 0; first < this.#rows; first += batch) {
      if (!slots.some((slot) => slot >= first && slot < first + batch)) continue;
      const part = (array: Float32Array): Float32Array => {
        const width = array.length / this.#rows;
        return array.subarray(first * width, (first + batch) * width);
      };
      const prediction = await this.#model.step(
        {
          latent: part(this.#latent),
          action: part(this.#action),
          ...(config.restartInput && { restart: part(this.#restart) }),
        },
        { hidden: part(this.#hidden), cell: part(this.#cell) },
      );
      for (const [row, slot] of slots.entries()) {
        if (slot >= first && slot < first + batch) this.#enter(slot, slot - first, prediction, row, outcome);
      }
    }
  }

  /** Takes one row of M's prediction as what happens to a slot. */
  #enter(slot: number, from: number, prediction: MdnRnnPrediction, row: number, outcome: StepOutcome): void {
    const { latentDim, hidden, mixtures } = this.#model.config;
    const { mixture } = prediction;
    const block = latentDim * mixtures;
    const rowOf = (array: Float32Array, width: number): Float32Array =>
      array.subarray(from * width, (from + 1) * width);
    const latent = this.#latentOf(slot);
    sampleMixture(
      {
        logits: rowOf(mixture.logits, block),
        mean: rowOf(mixture.mean, block),
        logStd: rowOf(mixture.logStd, block),
      },
      this.#settings.temperature,
      this.#rngOf(slot),
      latent,
    );
    this.#hiddenOf(slot).set(rowOf(prediction.hidden, hidden));
    this.#cellOf(slot).set(rowOf(prediction.cell, hidden));
    this.#restart[slot] = 0;

    const reward = this.#rewardOf(prediction, from);
    const logit = this.#settings.terminated === "never" ? -1 : (prediction.terminatedLogit?.[from] ?? NaN);
    // A dream that has left the numbers cannot go on.
    if (!latent.every(Number.isFinite) || !Number.isFinite(reward) || Number.isNaN(logit)) {
      outcome.faulted[row] = 1;
      return;
    }
    outcome.rewards[row] = reward;
    outcome.terminated[row] = logit > 0 ? 1 : 0;
  }

  #rewardOf(prediction: MdnRnnPrediction, row: number): number {
    switch (this.#settings.reward) {
      case "none":
        return 0;
      case "one":
        return 1;
      default:
        return prediction.reward?.[row] ?? NaN;
    }
  }

  async prepareObservations(slots: readonly number[], names: readonly string[]): Promise<void> {
    if (names.includes("wm64")) await this.#decode(slots);
  }

  observe(slot: number, name: string, out: ObservationArray, offset: number): void {
    const { latentDim } = this.#model.config;
    switch (name) {
      case "z":
        out.set(this.#latentOf(slot), offset);
        break;
      case "hidden":
        out.set(this.#hiddenOf(slot), offset);
        break;
      case "cell":
        out.set(this.#cellOf(slot), offset);
        break;
      case "features":
        out.set(this.#latentOf(slot), offset);
        out.set(this.#hiddenOf(slot), offset + latentDim);
        break;
      default:
        out.set(this.#pictureOf(slot), offset);
    }
  }

  async render(slot: number, width: number, height: number): Promise<Uint8Array> {
    await this.#decode([slot]);
    return scalePicture(this.#pictureOf(slot), PICTURE_SIDE, width, height);
  }

  snapshot(slot: number): Uint8Array {
    const numbers = Float32Array.from([
      ...this.#latentOf(slot),
      ...this.#hiddenOf(slot),
      ...this.#cellOf(slot),
    ]);
    return packDreamState({ rng: this.#rngOf(slot), restart: this.#restart[slot] === 1, numbers });
  }

  restore(slot: number, state: Uint8Array): void {
    const { latentDim, hidden } = this.#model.config;
    const { rng, restart, numbers } = unpackDreamState(state, latentDim + 2 * hidden);
    this.#rngs[slot] = rng;
    this.#restart[slot] = restart ? 1 : 0;
    this.#latentOf(slot).set(numbers.subarray(0, latentDim));
    this.#hiddenOf(slot).set(numbers.subarray(latentDim, latentDim + hidden));
    this.#cellOf(slot).set(numbers.subarray(latentDim + hidden));
  }

  async close(): Promise<void> {
    await this.#model.close?.();
    await this.#decoder?.close?.();
  }

  /** Decodes the batches that hold these slots, whole. */
  async #decode(slots: readonly number[]): Promise<void> {
    const decoder = this.#decoder;
    if (!decoder) throw new DomainError("unimplemented", `${this.spec.id} has no decoder and no pictures`);
    const { latentDim } = this.#model.config;
    for (let first = 0; first < this.#rows; first += decoder.batch) {
      const end = first + decoder.batch;
      if (!slots.some((slot) => slot >= first && slot < end)) continue;
      const frames = await decoder.decode(this.#latent.subarray(first * latentDim, end * latentDim));
      this.#frames.set(frames, first * PICTURE_BYTES);
    }
  }

  #rngOf(slot: number): Rng {
    const rng = this.#rngs[slot];
    if (rng) return rng;
    throw new DomainError("failed-precondition", `${this.spec.id}: slot ${slot} was never given a seed`);
  }

  #latentOf(slot: number): Float32Array {
    const { latentDim } = this.#model.config;
    return this.#latent.subarray(slot * latentDim, (slot + 1) * latentDim);
  }

  #hiddenOf(slot: number): Float32Array {
    const { hidden } = this.#model.config;
    return this.#hidden.subarray(slot * hidden, (slot + 1) * hidden);
  }

  #cellOf(slot: number): Float32Array {
    const { hidden } = this.#model.config;
    return this.#cell.subarray(slot * hidden, (slot + 1) * hidden);
  }

  #pictureOf(slot: number): Uint8Array {
    return this.#frames.subarray(slot * PICTURE_BYTES, (slot + 1) * PICTURE_BYTES);
  }
}
