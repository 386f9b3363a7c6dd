import { DomainError } from "@worldmodels/errors";
import { createObservationArray, elementCount } from "./reply-buffers.js";
import { checkNames } from "./request-checks.js";
import type { EnvSpec, ObservationSpec } from "./spec.js";
import type { Batch, ObservationArray, ResetOptions, StepOptions, VectorEnv } from "./vector-env.js";

/** An observation computed from another one, for all slots in one call. */
export interface DerivedObservation {
  /** The observation it is computed from; the inner environment must have been opened with it. */
  readonly from: string;
  readonly name: string;
  readonly spec: ObservationSpec;
  /** Joined to the spec's versions, e.g. `{ encoder: "sha256:…" }`. */
  readonly versions: Readonly<Record<string, string>>;
  /** The observations given by default and offered for narrowing; default: the inner ones with `name` in the place of `from`. */
  readonly observations?: readonly string[];
  /**
   * Computes every row; both arrays have always `numEnvs` rows, the first of which count, so that a row's bytes
   * cannot depend on how many there are.
   */
  compute(source: ObservationArray, out: ObservationArray): void | Promise<void>;
}

/**
 * An environment with one more observation. State, randomness, snapshots and pictures stay the inner one's.
 *
 * @throws DomainError `invalid-argument` where `inner` does not give the observation that is needed
 */
export function withDerivedObservation(inner: VectorEnv, derived: DerivedObservation): VectorEnv {
  const { from, name } = derived;
  if (!inner.observationNames.includes(from)) {
    throw new DomainError(
      "invalid-argument",
      `${inner.spec.id} was opened without the observation "${from}", from which "${name}" is computed; ` +
        `open it with observations ["${from}"]`,
    );
  }
  const defaults = inner.observationNames.map((each) => (each === from ? name : each));
  const offered = [...new Set([...inner.observationNames, name])];
  const observationNames = checkNames(inner.spec.id, derived.observations ?? defaults, offered);
  const spec: EnvSpec = {
    ...inner.spec,
    versions: { ...inner.spec.versions, ...derived.versions },
    observations: { ...inner.spec.observations, [name]: derived.spec },
    defaultObservations: observationNames,
  };
  const sourceSpec = inner.spec.observations[from];
  const createRows = (of: ObservationSpec | undefined): ObservationArray =>
    createObservationArray(of?.dtype ?? "float32", inner.numEnvs * elementCount(of?.shape ?? []));
  const padded = createRows(sourceSpec);
  const derivedRows = createRows(derived.spec);
  const finalRows = createRows(derived.spec);
  const rowSize = elementCount(derived.spec.shape);

  const replace = async (
    observations: Readonly<Record<string, ObservationArray>>,
    names: readonly string[],
    rows: number,
    out: ObservationArray,
    wanted: boolean,
  ): Promise<Record<string, ObservationArray>> => {
    const source = observations[from];
    if (wanted && source && names.includes(name)) {
      padded.set(source);
      const pending = derived.compute(padded, out);
      if (pending) await pending;
    }
    const result: Record<string, ObservationArray> = {};
    for (const each of names) {
      const array = each === name ? out.subarray(0, rows * rowSize) : observations[each];
      if (array) result[each] = array;
    }
    return result;
  };

  const around = async (
    call: string,
    asked: readonly string[] | undefined,
    run: (innerNames: readonly string[]) => Promise<Batch>,
  ): Promise<Batch> => {
    const names = checkNames(call, asked, observationNames);
    const innerNames = [...new Set(names.map((each) => (each === name ? from : each)))];
    const batch = await run(innerNames);
    const rows = batch.slots.length;
    const { finalObservations } = batch;
    return {
      ...batch,
      observations: await replace(batch.observations, names, rows, derivedRows, true),
      finalObservations:
        finalObservations &&
        (await replace(finalObservations, names, rows, finalRows, batch.endedEpisodes.length > 0)),
    };
  };

  return {
    spec,
    numEnvs: inner.numEnvs,
    autoreset: inner.autoreset,
    observationNames,
    reset: (options: ResetOptions = {}) =>
      around("reset", options.observations, (observations) => inner.reset({ ...options, observations })),
    step: (actions: Float32Array, options: StepOptions = {}) =>
      around("step", options.observations, (observations) =>
        inner.step(actions, { ...options, observations }),
      ),
    render: (slot, size) => inner.render(slot, size),
    snapshot: (slots) => inner.snapshot(slots),
    restore: (entries) => inner.restore(entries),
    copy: (from_, to) => inner.copy(from_, to),
    close: () => inner.close(),
  };
}
