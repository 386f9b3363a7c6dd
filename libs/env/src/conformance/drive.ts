import type { TestContext } from "node:test";
import { actionSize } from "../spec.js";
import type { Batch, ObservationArray, StepOptions, VectorEnv } from "../vector-env.js";
import type { MakeOptions, Suite } from "./facts.js";

/** Opens an environment that the test closes at its end. */
export async function open(
  t: TestContext,
  suite: Suite,
  options: Partial<MakeOptions> = {},
): Promise<VectorEnv> {
  const env = await suite.make({ numEnvs: suite.numEnvs, ...options });
  t.after(() => env.close());
  return env;
}

/** What one slot showed in one reply, copied. */
export interface Row {
  readonly observations: Readonly<Record<string, number[]>>;
  readonly reward: number;
  readonly terminated: number;
  readonly truncated: number;
  readonly status: number;
  readonly stepNumber: number;
}

/** Copies the row of a slot out of a reply. */
export function rowOf(batch: Batch, slot: number): Row {
  const row = batch.slots.indexOf(slot);
  const rows = batch.slots.length;
  return {
    observations: Object.fromEntries(
      Object.entries(batch.observations).map(([name, array]) => [name, sliceRow(array, row, rows)]),
    ),
    reward: batch.rewards[row] ?? NaN,
    terminated: batch.terminated[row] ?? NaN,
    truncated: batch.truncated[row] ?? NaN,
    status: batch.statuses[row] ?? NaN,
    stepNumber: batch.stepNumbers[row] ?? NaN,
  };
}

/** Elements of one row of an array of `rows` rows, as plain numbers (exact for all dtypes). */
export function sliceRow(array: ObservationArray, row: number, rows: number): number[] {
  const size = array.length / rows;
  return Array.from(array.subarray(row * size, (row + 1) * size));
}

/**
 * The suite's action for the given step of an episode: within the bounds, different from step to step, and the
 * same whoever asks. Unbounded numbers stay within ±1.
 */
export function actionAt(env: VectorEnv, step: number, variant = 0): number[] {
  const { action } = env.spec;
  // The fractional parts of multiples of the golden ratio wander through [0, 1) without a pattern.
  const fraction = (index: number): number => ((step * 3 + index + 7 * variant + 1) * 0.618033988749895) % 1;
  if (action.type === "DISCRETE") return [Math.floor(fraction(0) * action.count)];
  return Array.from({ length: action.size }, (_, i) => {
    const low = Math.max(action.low[i] ?? -1, -1);
    const high = Math.min(action.high[i] ?? 1, 1);
    return Math.fround(low + (high - low) * fraction(i));
  });
}

/** Actions for a step of the given slots, all the same or one variant per slot. */
export function actionsFor(
  env: VectorEnv,
  slots: readonly number[],
  step: number,
  variantOf: (slot: number) => number = () => 0,
): Float32Array {
  const actions = new Float32Array(slots.length * actionSize(env.spec.action));
  slots.forEach((slot, row) => {
    actions.set(actionAt(env, step, variantOf(slot)), row * actionSize(env.spec.action));
  });
  return actions;
}

export function allSlots(env: VectorEnv): number[] {
  return Array.from({ length: env.numEnvs }, (_, slot) => slot);
}

/** Steps the slots (default: all), with the suite's action for that step. */
export function stepAt(env: VectorEnv, step: number, options: StepOptions = {}): Promise<Batch> {
  return env.step(actionsFor(env, options.slots ?? allSlots(env), step), options);
}

/**
 * Steps from step `from` (inclusive) to `to` (exclusive) and returns what `slot` showed.
 *
 * @param slots stepped together; default: all
 */
export async function follow(
  env: VectorEnv,
  slot: number,
  from: number,
  to: number,
  slots: readonly number[] = allSlots(env),
): Promise<Row[]> {
  const rows: Row[] = [];
  for (let step = from; step < to; step++) rows.push(rowOf(await stepAt(env, step, { slots }), slot));
  return rows;
}

/** Whether two runs of one seed must agree byte for byte in one process; skips the test where they need not. */
export function needsEqualBytes(t: TestContext, env: VectorEnv): boolean {
  if (env.spec.determinism !== "STATISTICAL") return true;
  t.skip("the spec promises no equal bytes");
  return false;
}
