import { DomainError } from "@worldmodels/errors";
import type { Engine, StepOutcome } from "./engine.js";
import type { EnvSpec } from "./spec.js";
import type { ObservationArray } from "./vector-env.js";

export interface CountingEngineOptions {
  readonly numEnvs: number;
  /** Steps after which an episode terminates; default 5. A function makes it vary; both numbers are as in `count`. */
  readonly episodeLength?: number | ((seed: bigint, episode: number) => number);
  /** Step limit, which truncates; default none. */
  readonly maxEpisodeSteps?: number | null;
  /** Numbers in an action, each from -1 to 1; default 2. */
  readonly actionSize?: number;
  /** Actions are one of this many instead. */
  readonly discreteActions?: number;
  /** Makes every call asynchronous, as a remote or GPU engine's are; default false. */
  readonly async?: boolean;
  /** Says where the engine of a slot dies: asked at each step. */
  readonly faultAt?: (slot: number, seed: bigint, episode: number, step: number) => boolean;
}

const LIMBS = 8;
const PICTURE_BYTES = 64 * 64 * 3;
const STATE_BYTES = 16;

/**
 * An environment whose every number is known beforehand, for exact tests of whatever drives environments: the
 * n-th step of an episode pays n, and observations say which seed, episode and step they are of.
 *
 * Observations: `count` float64 `[4]` = seed >> 32, seed & 0xffffffff, episode since that seed (from 1), step;
 * `action` float32, the last action (zeros after a reset); `z` float32 `[8]`, seed, episode and step in pieces of
 * 16 bits, least first; `wm64` uint8 `[64, 64, 3]`, the same 16 bytes again and again.
 */
export function createCountingEngine(options: CountingEngineOptions): Engine {
  const { numEnvs, episodeLength = 5, faultAt } = options;
  const size = options.discreteActions === undefined ? (options.actionSize ?? 2) : 1;
  const lengthOf = typeof episodeLength === "number" ? () => episodeLength : episodeLength;
  const seeds = new BigUint64Array(numEnvs);
  const episodes = new Uint32Array(numEnvs);
  const steps = new Uint32Array(numEnvs);
  const lastActions = new Float32Array(numEnvs * size);

  const encode = (slot: number): Uint8Array => {
    const bytes = new Uint8Array(STATE_BYTES);
    const view = new DataView(bytes.buffer);
    view.setBigUint64(0, seeds[slot] ?? 0n, true);
    view.setUint32(8, episodes[slot] ?? 0, true);
    view.setUint32(12, steps[slot] ?? 0, true);
    return bytes;
  };
  const settle = (): void | Promise<void> => (options.async ? Promise.resolve() : undefined);

  const stepSlot = (slot: number, row: number, actions: Float32Array, outcome: StepOutcome): void => {
    const step = (steps[slot] ?? 0) + 1;
    const seed = seeds[slot] ?? 0n;
    const episode = episodes[slot] ?? 0;
    if (faultAt?.(slot, seed, episode, step)) {
      outcome.faulted[row] = 1;
      return;
    }
    steps[slot] = step;
    lastActions.set(actions.subarray(row * size, (row + 1) * size), slot * size);
    outcome.rewards[row] = step;
    if (step >= lengthOf(seed, episode)) outcome.terminated[row] = 1;
    if (step % 2 === 0) outcome.setInfo("even_step", row, step);
  };

  return {
    spec: countingSpec(options, size),
    numEnvs,
    reset: (slots, newSeeds) => {
      for (const [i, slot] of slots.entries()) {
        const seed = newSeeds[i];
        episodes[slot] = seed === undefined ? (episodes[slot] ?? 0) + 1 : 1;
        if (seed !== undefined) seeds[slot] = seed;
        steps[slot] = 0;
        lastActions.fill(0, slot * size, (slot + 1) * size);
      }
      return settle();
    },
    step: (slots, actions, outcome) => {
      for (const [row, slot] of slots.entries()) stepSlot(slot, row, actions, outcome);
      return settle();
    },
    observe: (slot, name, out, offset) => {
      if (name === "action") {
        out.set(lastActions.subarray(slot * size, (slot + 1) * size), offset);
      } else {
        observeCount(name, encode(slot), out, offset);
      }
    },
    render: (slot, width, height) => {
      const bytes = encode(slot);
      return Uint8Array.from({ length: width * height * 3 }, (_, i) => bytes[i % STATE_BYTES] ?? 0);
    },
    snapshot: (slot) => {
      const action = lastActions.slice(slot * size, (slot + 1) * size);
      return Uint8Array.from([...encode(slot), ...new Uint8Array(action.buffer)]);
    },
    restore: (slot, state) => {
      if (state.length !== STATE_BYTES + size * 4) {
        throw new DomainError("invalid-argument", `restore: ${state.length} bytes are no state of a counter`);
      }
      const bytes = state.slice();
      const view = new DataView(bytes.buffer);
      seeds[slot] = view.getBigUint64(0, true);
      episodes[slot] = view.getUint32(8, true);
      steps[slot] = view.getUint32(12, true);
      lastActions.set(new Float32Array(bytes.buffer, STATE_BYTES, size), slot * size);
    },
    close: settle,
  };
}

function observeCount(name: string, bytes: Uint8Array, out: ObservationArray, offset: number): void {
  const view = new DataView(bytes.buffer);
  if (name === "count") {
    for (const [i, at] of [4, 0, 8, 12].entries()) out[offset + i] = view.getUint32(at, true);
  } else if (name === "z") {
    for (let limb = 0; limb < LIMBS; limb++) out[offset + limb] = view.getUint16(2 * limb, true);
  } else {
    out.set(bytes, offset);
    for (let filled = STATE_BYTES; filled < PICTURE_BYTES; filled *= 2) {
      out.copyWithin(offset + filled, offset, offset + Math.min(filled, PICTURE_BYTES - filled));
    }
  }
}

function countingSpec(options: CountingEngineOptions, size: number): EnvSpec {
  const names = Array.from({ length: options.discreteActions ?? size }, (_, i) => `a${i}`);
  const limit = options.maxEpisodeSteps ?? null;
  return {
    id: "Counting-v1",
    kind: "REAL",
    versions: { counting: "1" },
    action:
      options.discreteActions === undefined
        ? { type: "BOX", size, low: names.map(() => -1), high: names.map(() => 1), names }
        : { type: "DISCRETE", count: options.discreteActions, names },
    observations: {
      count: {
        dtype: "float64",
        shape: [4],
        low: 0,
        high: 2 ** 32 - 1,
        meaning: "STATE",
        names: ["seed_high", "seed_low", "episode", "step"],
      },
      action: { dtype: "float32", shape: [size], low: -Infinity, high: Infinity, meaning: "FEATURES" },
      z: { dtype: "float32", shape: [LIMBS], low: 0, high: 65535, meaning: "LATENT" },
      wm64: { dtype: "uint8", shape: [64, 64, 3], low: 0, high: 255, meaning: "IMAGE_HWC_RGB" },
    },
    defaultObservations: ["count"],
    rewardRange: [1, Infinity],
    maxEpisodeSteps: limit,
    tickSeconds: 1,
    renderSize: [64, 64],
    determinism: "BITWISE",
    snapshots: "EXACT",
    maxNumEnvs: 4096,
    settings: { max_episode_steps: limit ?? 0 },
  };
}
