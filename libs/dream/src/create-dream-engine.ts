import { actionSize } from "@worldmodels/env";
import type { Engine, EnvSpec, ObservationArray, StepOutcome } from "@worldmodels/env";
import { DomainError } from "@worldmodels/errors";
import { createRng } from "@worldmodels/rng";
import type { Rng } from "@worldmodels/rng";
import { countStarts } from "./dream-model.js";
import type { DreamDecoder, DreamModel, DreamPrediction, StartLatents } from "./dream-model.js";
import { createRows, viewRows } from "./dream-rows.js";
import type { DreamRow } from "./dream-rows.js";
import type { DreamSettings } from "./dream-settings.js";
import { dreamSpec, MAX_DREAMS, PICTURE_SIDE } from "./dream-spec.js";
import { packDreamState, unpackDreamState } from "./dream-state.js";
import { dreamRules } from "./recorded-env.js";
import type { DreamRules, RecordedEnv } from "./recorded-env.js";
import { scalePicture } from "./scale-picture.js";

export interface DreamEngineOptions {
  /** As it is asked for, e.g. `dream:runs/desk`. */
  readonly id: string;
  readonly numEnvs: number;
  /** Made for the settings' temperature. */
  readonly model: DreamModel;
  /** V's decoder, for `wm64` and `render`. */
  readonly decoder?: DreamDecoder;
  readonly startLatents: StartLatents;
  /** The environment that M was recorded from. */
  readonly recorded: RecordedEnv;
  readonly settings: DreamSettings;
  /** Digests of the models, by name. */
  readonly versions: Readonly<Record<string, string>>;
  /** What the model's arithmetic allows; default TOLERANCE: kernels round differently on other processors. */
  readonly determinism?: EnvSpec["determinism"];
}

const TWO_TO_MINUS_32 = 2 ** -32;
const PICTURE_BYTES = PICTURE_SIDE * PICTURE_SIDE * 3;

/**
 * An environment that M imagines (Ha & Schmidhuber 2018, section 4): from a real first latent and a zero state,
 * M says what comes next, and the next latent is drawn of it at the dream's temperature (`drawMixture`). An episode
 * is terminated where M's logit is above 0, and drawn with M's probability only where that is asked for: the paper
 * found a sampled rare event less stable. Each slot draws from a stream of its own, and M computes full batches
 * whatever is in them, so that an episode does not depend on its company. The slots of a step are put close together
 * first: those that rest cost nothing.
 *
 * The engine owns the model and the decoder, and closes them.
 *
 * @throws DomainError `failed-precondition` where M lacks a head that the settings need, `invalid-argument` where
 *   parts do not fit each other
 */
export function createDreamEngine(options: DreamEngineOptions): Engine {
  const { model, numEnvs, recorded } = options;
  const { config } = model;
  const rules = dreamRules(config, recorded, options.settings);
  const fits = (holds: boolean, complaint: string): void => {
    if (!holds) throw new DomainError("invalid-argument", `${options.id}: ${complaint}`);
  };
  const size = actionSize(recorded.action);
  fits(size === config.actionSize, `M was trained with ${config.actionSize} numbers per action, not ${size}`);
  if (model.temperature !== rules.settings.temperature) {
    throw new Error(
      `a model of temperature ${model.temperature} was given for a dream of ${rules.settings.temperature}`,
    );
  }
  fits(
    Number.isInteger(numEnvs) && numEnvs >= 1 && numEnvs <= MAX_DREAMS,
    `numEnvs = ${numEnvs} is not a whole number from 1 to ${MAX_DREAMS}`,
  );
  return new DreamEngine(options, rules, countStarts(options.startLatents, config.latentDim));
}

class DreamEngine implements Engine {
  readonly spec: EnvSpec;
  readonly numEnvs: number;
  readonly #model: DreamModel;
  readonly #decoder: DreamDecoder | undefined;
  readonly #rules: DreamRules;
  readonly #starts: StartLatents;
  readonly #startCount: number;
  readonly #rngs: (Rng | undefined)[];
  /** z, h and c of each slot. */
  readonly #rows: readonly DreamRow[];
  /** 1 where no step has been taken since the reset, by slot. */
  readonly #restart: Float32Array;
  /** Views of the model's inputs, by row. */
  readonly #calledRows: readonly DreamRow[];
  /** Views of what the model gave last, and of whose arrays. */
  #given: { readonly by: DreamPrediction; readonly rows: readonly DreamRow[] } | undefined;
  readonly #frames: Uint8Array;
  /** The latents of the slots that a call of the decoder is made for. */
  readonly #shown: Float32Array;

  constructor(options: DreamEngineOptions, rules: DreamRules, startCount: number) {
    const { id, numEnvs, model, decoder, versions, recorded } = options;
    const { config } = model;
    this.spec = dreamSpec({
      id,
      versions,
      action: recorded.action,
      config,
      rules,
      hasDecoder: decoder !== undefined,
      tickSeconds: recorded.tickSeconds,
      determinism: options.determinism ?? "TOLERANCE",
    });
    this.numEnvs = numEnvs;
    this.#model = model;
    this.#decoder = decoder;
    this.#rules = rules;
    this.#starts = options.startLatents;
    this.#startCount = startCount;
    this.#rngs = new Array<undefined>(numEnvs).fill(undefined);
    this.#rows = createRows(numEnvs, config);
    this.#restart = new Float32Array(numEnvs);
    this.#calledRows = viewRows(model.inputs, config);
    this.#frames = new Uint8Array(decoder ? numEnvs * PICTURE_BYTES : 0);
    this.#shown = new Float32Array(decoder ? decoder.batch * config.latentDim : 0);
  }

  reset(slots: readonly number[], seeds: readonly (bigint | undefined)[]): void {
    const { latentDim } = this.#model.config;
    for (const [i, slot] of slots.entries()) {
      const seed = seeds[i];
      const rng = seed === undefined ? this.#rngOf(slot) : createRng(seed);
      this.#rngs[slot] = rng;
      const { latent, hidden, cell } = this.#row(slot);
      hidden.fill(0);
      cell.fill(0);
      this.#restart[slot] = 1;
      const start = rng.integers(this.#startCount) * latentDim;
      for (let k = 0; k < latentDim; k++) {
        const mean = this.#starts.mean[start + k] ?? 0;
        const logVariance = this.#starts.logVariance[start + k] ?? 0;
        const noise = this.#rules.settings.start_latent === "mean" ? 0 : rng.standardNormal();
        latent[k] = mean + Math.exp(logVariance / 2) * noise;
      }
    }
  }

  async step(slots: readonly number[], actions: Float32Array, outcome: StepOutcome): Promise<void> {
    const { batch } = this.#model;
    for (let first = 0; first < slots.length; first += batch) {
      const count = Math.min(batch, slots.length - first);
      for (let i = 0; i < count; i++) this.#call(slots[first + i] ?? 0, i, first + i, actions);
      const prediction = await this.#model.step();
      const given = this.#viewsOf(prediction);
      for (let i = 0; i < count; i++) {
        const views = given[i];
        if (views) this.#enter(slots[first + i] ?? 0, views, prediction, i, first + i, outcome);
      }
    }
  }

  /** Makes a slot row `to` of the model's inputs, with row `from` of the actions. */
  #call(slot: number, to: number, from: number, actions: Float32Array): void {
    const { config, inputs } = this.#model;
    const { latentDim, actionSize: size } = config;
    const own = this.#row(slot);
    const row = this.#calledRows[to];
    row?.latent.set(own.latent);
    row?.hidden.set(own.hidden);
    row?.cell.set(own.cell);
    for (let k = 0; k < size; k++) inputs.action[to * size + k] = actions[from * size + k] ?? 0;
    if (inputs.restart) inputs.restart[to] = this.#restart[slot] ?? 0;
    const rng = this.#rngOf(slot);
    const end = (to + 1) * latentDim;
    for (let k = to * latentDim; k < end; k++) {
      // Half a draw of the stream: the model rounds it to 24 bits.
      inputs.uniform[k] = rng.nextUint32() * TWO_TO_MINUS_32;
      inputs.normal[k] = rng.standardNormal();
    }
  }

  #viewsOf(prediction: DreamPrediction): readonly DreamRow[] {
    if (this.#given?.by !== prediction) {
      this.#given = { by: prediction, rows: viewRows(prediction, this.#model.config) };
    }
    return this.#given.rows;
  }

  /** Takes row `from` of M's prediction, and the views of it, as what happens to a slot. */
  #enter(
    slot: number,
    views: DreamRow,
    prediction: DreamPrediction,
    from: number,
    row: number,
    outcome: StepOutcome,
  ): void {
    const own = this.#row(slot);
    own.latent.set(views.latent);
    own.hidden.set(views.hidden);
    own.cell.set(views.cell);
    this.#restart[slot] = 0;

    const { constantReward, terminated } = this.#rules;
    const reward = constantReward ?? prediction.reward?.[from] ?? NaN;
    const logit = terminated === "never" ? -1 : (prediction.terminatedLogit?.[from] ?? NaN);
    // A dream that has left the numbers cannot go on.
    if (!own.latent.every(Number.isFinite) || !Number.isFinite(reward) || Number.isNaN(logit)) {
      outcome.faulted[row] = 1;
      return;
    }
    outcome.rewards[row] = reward;
    const ends =
      terminated === "sampled" ? this.#rngOf(slot).random() < 1 / (1 + Math.exp(-logit)) : logit > 0;
    outcome.terminated[row] = ends ? 1 : 0;
  }

  async prepareObservations(slots: readonly number[], names: readonly string[]): Promise<void> {
    if (names.includes("wm64")) await this.#decode(slots);
  }

  observe(slot: number, name: string, out: ObservationArray, offset: number): void {
    const { latent, hidden, cell } = this.#row(slot);
    switch (name) {
      case "z":
        out.set(latent, offset);
        break;
      case "hidden":
        out.set(hidden, offset);
        break;
      case "cell":
        out.set(cell, offset);
        break;
      case "features":
        out.set(latent, offset);
        out.set(hidden, offset + latent.length);
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
    const { latent, hidden, cell } = this.#row(slot);
    const numbers = Float32Array.from([...latent, ...hidden, ...cell]);
    return packDreamState({ rng: this.#rngOf(slot), restart: this.#restart[slot] === 1, numbers });
  }

  restore(slot: number, state: Uint8Array): void {
    const { latentDim, hidden: units } = this.#model.config;
    const { rng, restart, numbers } = unpackDreamState(state, latentDim + 2 * units);
    const { latent, hidden, cell } = this.#row(slot);
    this.#rngs[slot] = rng;
    this.#restart[slot] = restart ? 1 : 0;
    latent.set(numbers.subarray(0, latentDim));
    hidden.set(numbers.subarray(latentDim, latentDim + units));
    cell.set(numbers.subarray(latentDim + units));
  }

  async close(): Promise<void> {
    await this.#model.close?.();
    await this.#decoder?.close?.();
  }

  /** Decodes the latents of these slots. */
  async #decode(slots: readonly number[]): Promise<void> {
    const decoder = this.#decoder;
    if (!decoder) throw new DomainError("unimplemented", `${this.spec.id} has no decoder and no pictures`);
    const { latentDim } = this.#model.config;
    for (let first = 0; first < slots.length; first += decoder.batch) {
      const called = slots.slice(first, first + decoder.batch);
      for (const [row, slot] of called.entries()) this.#shown.set(this.#row(slot).latent, row * latentDim);
      const frames = await decoder.decode(this.#shown.subarray(0, called.length * latentDim));
      for (const [row, slot] of called.entries()) {
        this.#pictureOf(slot).set(frames.subarray(row * PICTURE_BYTES, (row + 1) * PICTURE_BYTES));
      }
    }
  }

  #rngOf(slot: number): Rng {
    const rng = this.#rngs[slot];
    if (rng) return rng;
    throw new DomainError("failed-precondition", `${this.spec.id}: slot ${slot} was never given a seed`);
  }

  #row(slot: number): DreamRow {
    const row = this.#rows[slot];
    if (row) return row;
    throw new Error(`${this.spec.id} has no slot ${slot}`);
  }

  #pictureOf(slot: number): Uint8Array {
    return this.#frames.subarray(slot * PICTURE_BYTES, (slot + 1) * PICTURE_BYTES);
  }
}
