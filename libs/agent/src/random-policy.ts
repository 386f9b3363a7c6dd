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
 * `cauchy`: the paper's data collection. `brownian`: a random walk in the action, as ctallec/world-models collects.
 * `uniform`: a fresh uniform action every step, for baselines.
 */
export type PolicyKind = "cauchy" | "brownian" | "uniform";

/** Makes the policy of one episode; all its randomness comes from `rng`, in the order of its steps. */
export function createPolicy(kind: PolicyKind, action: ActionSpec, rng: Rng): Policy {
  switch (kind) {
    case "cauchy":
      return createCauchyPolicy(action, rng);
    case "brownian":
      return createBrownianPolicy(action, rng);
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
