import { DomainError } from "@worldmodels/errors";
import type { MdnRnnConfig, RecurrentState } from "@worldmodels/mdn-rnn";
import type { Rng } from "@worldmodels/rng";

/**
 * A batch of pieces of encoded episodes, for M. A window of `steps` transitions has `steps + 1` latents: M sees
 * latent t and action t, and predicts latent t + 1, and the reward and end of episode that action t brought.
 * All arrays are row-major; flags are 0 or 1.
 */
export interface LatentWindows {
  readonly rows: number;
  readonly steps: number;
  /** Posterior means, `[rows, steps + 1, latentDim]`. */
  readonly mean: Float32Array;
  /** Logarithms of posterior variances, `[rows, steps + 1, latentDim]`. */
  readonly logVariance: Float32Array;
  /** `[rows, steps, actionSize]`. */
  readonly actions: Float32Array;
  /** `[rows, steps]`; needed by a reward head. */
  readonly rewards?: Float32Array;
  /** 1 where the step ended the task, `[rows, steps]`; needed by a terminated head. */
  readonly terminated?: Uint8Array;
  /** 1 where latent t is the first of an episode: M's state is zero there, `[rows, steps]`. Default: none but the first. */
  readonly restarts?: Uint8Array;
  /** 1 where the step was really made (0: padding), `[rows, steps]`. Default: all. */
  readonly mask?: Uint8Array;
  /** 1 where latent t + 1 is what the step led to (0: unknown, as after the last step), `[rows, steps]`. Default: `mask`. */
  readonly targetMask?: Uint8Array;
  /** M's state before the first step, `[rows, hidden]` each: where an earlier window left it. Default: zero. */
  readonly state?: RecurrentState | undefined;
}

/** The batch as M's trainer takes it: time-major, with latents drawn. */
export interface DrawnWindows {
  readonly rows: number;
  readonly steps: number;
  /** Latent, action and, where M reads it, restart flag: `[steps, rows, latentDim + actionSize (+ 1)]`. */
  readonly inputs: Float32Array;
  /** The next latents, `[steps, rows, latentDim]`. */
  readonly targets: Float32Array;
  /** `[steps, rows]`. */
  readonly targetMask: Float32Array;
  readonly mask: Float32Array;
  readonly rewards: Float32Array;
  readonly terminated: Float32Array;
  /** 0 where the state begins anew, `[steps, rows]`; undefined where nothing is lost by that: it is zero anyway. */
  readonly keep: Float32Array | undefined;
  readonly state: RecurrentState | undefined;
  /** Mean posterior standard deviation of each latent dimension, `[latentDim]`: near 1 where the dimension says nothing. */
  readonly posteriorStd: Float64Array;
}

/**
 * Draws z = mean + exp(logVariance / 2) · ε afresh for every latent; the inputs and the targets of a window share the
 * draw, as in the paper's code.
 *
 * @param rng consumed row by row, step by step, dimension by dimension
 */
export function drawWindows(windows: LatentWindows, config: MdnRnnConfig, rng: Rng): DrawnWindows {
  const { rows, steps, mean, logVariance, actions, restarts, state } = windows;
  const { latentDim, actionSize } = config;
  checkSizes(windows, config);
  const inputSize = latentDim + actionSize + (config.restartInput ? 1 : 0);
  const inputs = new Float32Array(steps * rows * inputSize);
  const targets = new Float32Array(steps * rows * latentDim);
  const posteriorStd = new Float64Array(latentDim);
  const noise = rng.fillStandardNormal(new Float32Array(mean.length));
  let source = 0;
  for (let row = 0; row < rows; row++) {
    for (let step = 0; step <= steps; step++) {
      const input = (step * rows + row) * inputSize;
      const target = ((step - 1) * rows + row) * latentDim;
      for (let d = 0; d < latentDim; d++, source++) {
        const std = Math.exp((logVariance[source] ?? 0) / 2);
        const z = (mean[source] ?? 0) + std * (noise[source] ?? 0);
        posteriorStd[d] = (posteriorStd[d] ?? 0) + std;
        if (step < steps) inputs[input + d] = z;
        if (step > 0) targets[target + d] = z;
      }
      if (step < steps) {
        const at = row * steps + step;
        inputs.set(actions.subarray(at * actionSize, (at + 1) * actionSize), input + latentDim);
        if (config.restartInput) inputs[input + latentDim + actionSize] = restarts?.[at] ?? 0;
      }
    }
  }
  const resets =
    restarts?.some((flag, at) => flag !== 0 && (at % steps !== 0 || state !== undefined)) ?? false;
  const mask = windows.mask ?? new Uint8Array(rows * steps).fill(1);
  const timeMajor = (values: ArrayLike<number> | undefined) => transpose(values, rows, steps);
  return {
    rows,
    steps,
    inputs,
    targets,
    mask: timeMajor(mask),
    targetMask: timeMajor(windows.targetMask ?? mask),
    rewards: timeMajor(windows.rewards),
    terminated: timeMajor(windows.terminated),
    keep: resets ? timeMajor(restarts).map((flag) => 1 - flag) : undefined,
    state,
    posteriorStd: posteriorStd.map((sum) => sum / (rows * (steps + 1))),
  };
}

/** `[rows, steps]` to `[steps, rows]`; zeros where there is nothing. */
function transpose(values: ArrayLike<number> | undefined, rows: number, steps: number): Float32Array {
  const transposed = new Float32Array(rows * steps);
  if (values === undefined) return transposed;
  for (let row = 0; row < rows; row++) {
    for (let step = 0; step < steps; step++) transposed[step * rows + row] = values[row * steps + step] ?? 0;
  }
  return transposed;
}

function checkSizes(windows: LatentWindows, config: MdnRnnConfig): void {
  const { rows, steps } = windows;
  const expected = {
    mean: rows * (steps + 1) * config.latentDim,
    logVariance: rows * (steps + 1) * config.latentDim,
    actions: rows * steps * config.actionSize,
    rewards: rows * steps,
    terminated: rows * steps,
    restarts: rows * steps,
    mask: rows * steps,
    targetMask: rows * steps,
  };
  const needed = {
    ...(config.rewardHead && { rewards: "a reward head" }),
    ...(config.terminatedHead && { terminated: "a terminated head" }),
  };
  for (const [name, head] of Object.entries(needed)) {
    if (windows[name as keyof typeof needed] === undefined) {
      throw new DomainError(
        "invalid-argument",
        `windows without ${name} cannot train an M with ${head}; give them or leave the head out`,
      );
    }
  }
  for (const [name, values] of Object.entries(windows.state ?? {}) as [string, Float32Array][]) {
    if (values.length !== rows * config.hidden) {
      throw new DomainError(
        "invalid-argument",
        `windows.state.${name} has ${values.length} numbers where ${rows} rows of ${config.hidden} units need ` +
          `${rows * config.hidden}; give the state that the step before returned`,
      );
    }
  }
  for (const [name, size] of Object.entries(expected)) {
    const values = windows[name as keyof typeof expected];
    if (values !== undefined && values.length !== size) {
      throw new DomainError(
        "invalid-argument",
        `windows.${name} has ${values.length} numbers where ${rows} rows of ${steps} steps need ${size}`,
      );
    }
  }
}
