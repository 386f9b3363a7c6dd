import { actionSize } from "@worldmodels/env";
import type { ActionSpec, Batch, VectorEnv } from "@worldmodels/env";
import { DomainError, isDomainError } from "@worldmodels/errors";

/** The state of the car after a step; see `replayCommand` for the file it ends up in. */
export interface ReplayState {
  readonly hull: Readonly<Record<"x" | "y" | "angle" | "vx" | "vy" | "angularVelocity", number>>;
  readonly jointAngles: readonly number[];
  readonly wheelOmegas: readonly number[];
  readonly wheelPhases: readonly number[];
  readonly tilesVisited: number;
}

export interface ReplayTrace {
  readonly reset: { readonly state: ReplayState | null };
  readonly steps: readonly {
    readonly reward: number;
    readonly terminated: boolean;
    readonly truncated: boolean;
    readonly state: ReplayState | null;
  }[];
  /** Step number to base64 of the raw observation; 0 is that of the reset. */
  readonly observations: Readonly<Record<string, string>>;
}

/**
 * Resets slot 0 with `seed` and steps it through `actions`, or until the episode ends.
 *
 * @param env an environment of one slot, autoreset DISABLED; its `state` is traced where it was opened with it
 * @param pixels the observation recorded at `observeSteps`
 * @param observeSteps 0 is the observation of the reset, k that after step k
 */
export async function replay(
  env: VectorEnv,
  seed: bigint,
  actions: Float32Array,
  pixels: string | undefined,
  observeSteps: readonly number[],
): Promise<ReplayTrace> {
  const size = actionSize(env.spec.action);
  const wanted = new Set(observeSteps);
  const hasState = env.observationNames.includes("state");
  const names = (step: number): string[] => [
    ...(hasState ? ["state"] : []),
    ...(pixels !== undefined && wanted.has(step) ? [pixels] : []),
  ];
  const observations: Record<string, string> = {};
  const keep = (step: number, batch: Batch) => {
    const observation = pixels === undefined ? undefined : batch.observations[pixels];
    if (observation === undefined || !wanted.has(step)) return;
    const { buffer, byteOffset, byteLength } = observation;
    observations[String(step)] = Buffer.from(buffer, byteOffset, byteLength).toString("base64");
  };

  let batch = await env.reset({ seeds: [seed], observations: names(0) });
  keep(0, batch);
  const reset = { state: readState(batch) };
  const steps: ReplayTrace["steps"][number][] = [];
  for (let step = 1; step <= actions.length / size; step++) {
    const action = actions.subarray((step - 1) * size, step * size);
    batch = await env.step(action, { observations: names(step) }).catch((cause: unknown) => {
      if (!isDomainError(cause, "invalid-argument")) throw cause;
      throw new DomainError("invalid-argument", `action ${step - 1}: ${cause.message}`, { cause });
    });
    keep(step, batch);
    const terminated = batch.terminated[0] === 1;
    const truncated = batch.truncated[0] === 1;
    steps.push({ reward: batch.rewards[0] ?? 0, terminated, truncated, state: readState(batch) });
    if (terminated || truncated) break;
  }
  return { reset, steps, observations };
}

/** The `state` observation of row 0 as named values, or null where it is not there. */
function readState(batch: Batch): ReplayState | null {
  const state = batch.observations["state"];
  if (state === undefined) return null;
  const at = (index: number) => state[index] ?? Number.NaN;
  const four = (from: number) => [at(from), at(from + 1), at(from + 2), at(from + 3)];
  return {
    hull: { x: at(0), y: at(1), angle: at(2), vx: at(3), vy: at(4), angularVelocity: at(5) },
    jointAngles: four(6),
    wheelOmegas: four(10),
    wheelPhases: four(14),
    tilesVisited: at(18),
  };
}

/**
 * Checks the contents of an actions file against an action spec and packs them, `[steps, actionSize]`.
 *
 * @throws DomainError `invalid-argument` naming the step and what is wrong with its action
 */
export function parseActions(value: unknown, spec: ActionSpec, where: string): Float32Array {
  if (!Array.isArray(value)) {
    throw new DomainError("invalid-argument", `${where} is not a JSON array of actions`);
  }
  const size = actionSize(spec);
  const packed = new Float32Array(value.length * size);
  const shape =
    spec.type === "BOX" ? `an array of ${size} numbers [${spec.names.join(", ")}]` : "one whole number";
  value.forEach((action: unknown, step) => {
    const numbers: unknown[] = spec.type === "DISCRETE" ? [action] : Array.isArray(action) ? action : [];
    if (numbers.length !== size || !numbers.every((number) => typeof number === "number")) {
      throw new DomainError(
        "invalid-argument",
        `${where}: action ${step} is ${JSON.stringify(action)}; this environment takes ${shape}`,
      );
    }
    packed.set(numbers, step * size);
  });
  return packed;
}
