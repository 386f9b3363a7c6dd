import { asWeights, decodeSafetensors, encodeSafetensors } from "@worldmodels/artifacts";
import type { RecurrentState } from "@worldmodels/mdn-rnn";
import type { TrainerState } from "@worldmodels/training";

/** A training as it stands: with it, a killed one goes on byte for byte. */
export interface TrainerCheckpoint<H extends object> {
  readonly state: TrainerState;
  /** What has been noted on the way. */
  readonly history: readonly H[];
  /** M's state after the last step, where the next step's windows go on from it. */
  readonly carried?: RecurrentState | undefined;
}

const CARRIED = "carried/";

/** A checkpoint as one file's content. */
export function encodeTrainerCheckpoint({ state, history, carried }: TrainerCheckpoint<object>): Uint8Array {
  const vector = (data: Float32Array) => ({ shape: [data.length], data });
  const tensors = carried && {
    [`${CARRIED}hidden`]: vector(carried.hidden),
    [`${CARRIED}cell`]: vector(carried.cell),
  };
  return encodeSafetensors(
    { ...state.tensors, ...tensors },
    { step: String(state.step), history: JSON.stringify(history) },
  );
}

export function decodeTrainerCheckpoint<H extends object>(bytes: Uint8Array): TrainerCheckpoint<H> {
  const { tensors, metadata } = decodeSafetensors(bytes, "the training checkpoint");
  const all = Object.entries(asWeights(tensors, "the training checkpoint"));
  const [hidden, cell] = ["hidden", "cell"].map(
    (name) => all.find(([each]) => each === CARRIED + name)?.[1].data,
  );
  return {
    state: {
      step: Number(metadata["step"]),
      tensors: Object.fromEntries(all.filter(([name]) => !name.startsWith(CARRIED))),
    },
    history: JSON.parse(metadata["history"] ?? "[]") as readonly H[],
    carried: hidden && cell && { hidden, cell },
  };
}

/** Saving checkpoints takes no more than this part of a training's time: V's state is 52 MB. */
const SAVING_SHARE = 0.03;

/** Says when it is time to save again, by how long saving took. The first time is at once. */
export function createSaveClock(): { isDue(): boolean; time(save: () => Promise<void>): Promise<void> } {
  let nextMs = -Infinity;
  return {
    isDue: () => performance.now() >= nextMs,
    async time(save) {
      const startedMs = performance.now();
      await save();
      const now = performance.now();
      nextMs = now + (now - startedMs) / SAVING_SHARE;
    },
  };
}

/** Points that a loss curve has, whatever the number of steps. */
const CURVE_POINTS = 100;

/** Whether step `step` of `total` ends an interval of the loss curve. */
export function isCurvePoint(step: number, total: number): boolean {
  const interval = Math.max(1, Math.floor(total / CURVE_POINTS));
  return step % interval === 0 || step === total;
}

/** Means of losses since the last time it was asked. */
export function createMeanMeter(): { add(values: object): void; take(): Record<string, number> } {
  let sums: Record<string, number> = {};
  let count = 0;
  return {
    add(values) {
      for (const [name, value] of Object.entries(values)) sums[name] = (sums[name] ?? 0) + Number(value);
      count++;
    },
    take() {
      const means = Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / count]));
      sums = {};
      count = 0;
      return means;
    },
  };
}
