import { DomainError } from "@worldmodels/errors";
import { actionSize } from "@worldmodels/env";
import type { ActionSpec } from "@worldmodels/env";
import type { Rng } from "@worldmodels/rng";
import { defaultActionMapping, mapActions, outputSizeOf } from "./action-mapping.js";

/** Acts without looking. One per episode: a policy may be a different character each time it is made. */
export interface Policy {
  /** Writes the next action, `actionSize` numbers, into `out` at `offset`. */
  act(out: Float32Array, offset: number): void;
}

/**
 * `cauchy`: the paper's data collection in CarRacing. `brownian`: a random walk in the action, as ctallec/world-models collects.
 * `held`: the paper's data collection in Doom. `uniform`: a fresh uniform action every step, for baselines.
 */
export type PolicyKind = (typeof policyKinds)[number];

export const policyKinds = ["cauchy", "brownian", "held", "uniform"] as const;

/** Most steps that a `held` action is kept for, the paper's. */
export const PAPER_HOLD = 10;

/**
 * Makes the policy of one episode; all its randomness comes from `rng`, in the order of its steps.
 *
 * @param hold for `held`: most steps that an action is kept for
 */
export function createPolicy(kind: PolicyKind, action: ActionSpec, rng: Rng, hold = PAPER_HOLD): Policy {
  switch (kind) {
    case "cauchy":
      return createCauchyPolicy(action, rng);
    case "brownian":
      return createBrownianPolicy(action, rng);
    case "held":
      return createHeldPolicy(action, rng, hold);
    case "uniform":
      return createUniformPolicy(action, rng);
  }
}

/** Length of the noise that stands in for z, and the greatest scale of the weights, both the paper's. */
const CAUCHY = { latentDim: 32, maxScale: 0.01 } as const;

/**
 * The paper's random agent: a fresh V, M and C for every episode, all weights standard Cauchy times s, s ~ U(0, 0.01).
 * In its code the weights of V and M are divided by 10,000 on the way in, so z is pure noise N(0, I) and h is
 * about 0; what remains is u = tanh(s (W z + b)). In CarRacing: gas about 0.5, steering near 0 with jitter, brake about 0,
 * now and then an episode with wild controls.
 *
 * Draws: s; W row by row, then b, each as the quotient of two normals; then z of every step.
 */
function createCauchyPolicy(action: ActionSpec, rng: Rng): Policy {
  const mapping = defaultActionMapping(action);
  const outputs = outputSizeOf(mapping);
  const scale = rng.uniform(0, CAUCHY.maxScale);
  const cauchy = () => (scale * rng.standardNormal()) / rng.standardNormal();
  const kernel = Float64Array.from({ length: CAUCHY.latentDim * outputs }, cauchy);
  const bias = Float64Array.from({ length: outputs }, cauchy);
  const latent = new Float64Array(CAUCHY.latentDim);
  const u = new Float32Array(outputs);
  return {
    act(out, offset) {
      rng.fillStandardNormal(latent);
      u.forEach((_, o) => {
        u[o] = Math.tanh(
          latent.reduce((sum, z, i) => sum + z * (kernel[i * outputs + o] ?? 0), bias[o] ?? 0),
        );
      });
      mapActions(mapping, u, out.subarray(offset, offset + actionSize(action)));
    },
  };
}

/** Seconds of one CarRacing step; the walk's variance grows by this much a step. */
const BROWNIAN_TICK_SECONDS = 1 / 50;

/** Starts at a uniform action; every number then moves by sqrt(dt) N(0, 1) a step and is clipped to its bounds. */
function createBrownianPolicy(action: ActionSpec, rng: Rng): Policy {
  if (action.type !== "BOX") {
    throw new DomainError(
      "invalid-argument",
      `a Brownian policy walks through a BOX of actions and cannot choose among ${action.count} discrete ones; use "uniform"`,
    );
  }
  const { low, high } = finiteBounds(action);
  const position = low.map((bound, i) => rng.uniform(bound, high[i] ?? bound));
  const stepScale = Math.sqrt(BROWNIAN_TICK_SECONDS);
  let begun = false;
  return {
    act(out, offset) {
      position.forEach((value, i) => {
        const moved = begun ? value + stepScale * rng.standardNormal() : value;
        position[i] = Math.min(Math.max(moved, low[i] ?? moved), high[i] ?? moved);
      });
      out.set(position, offset);
      begun = true;
    },
  };
}

/**
 * A uniform action that is drawn anew, together with a hold of 1 to `longest` steps, whenever the number of the step is a
 * multiple of the hold drawn last, as the paper's code does it: so holds are irregular, and shorter than a plain count.
 *
 * Draws: the first hold; then, at each such step, an action and a hold.
 */
function createHeldPolicy(action: ActionSpec, rng: Rng, longest: number): Policy {
  const uniform = createUniformPolicy(action, rng);
  const held = new Float32Array(actionSize(action));
  const drawHold = () => 1 + rng.integers(longest);
  let hold = drawHold();
  let step = 0;
  return {
    act(out, offset) {
      if (step++ % hold === 0) {
        uniform.act(held, 0);
        hold = drawHold();
      }
      out.set(held, offset);
    },
  };
}

function createUniformPolicy(action: ActionSpec, rng: Rng): Policy {
  if (action.type === "DISCRETE") {
    return {
      act(out, offset) {
        out[offset] = rng.integers(action.count);
      },
    };
  }
  const { low, high } = finiteBounds(action);
  return {
    act(out, offset) {
      low.forEach((bound, i) => {
        out[offset + i] = rng.uniform(bound, high[i] ?? bound);
      });
    },
  };
}

function finiteBounds(action: Extract<ActionSpec, { type: "BOX" }>): {
  readonly low: number[];
  readonly high: number[];
} {
  const unbounded = action.low.findIndex((low, i) => !Number.isFinite((action.high[i] ?? NaN) - low));
  if (unbounded >= 0) {
    throw new DomainError(
      "invalid-argument",
      `action[${unbounded}] has bounds [${action.low[unbounded]}, ${action.high[unbounded]}]; a random policy needs finite ones`,
    );
  }
  return { low: [...action.low], high: [...action.high] };
}
