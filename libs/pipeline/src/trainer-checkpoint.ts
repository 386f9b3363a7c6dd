import { asWeights, decodeSafetensors, encodeSafetensors } from "@worldmodels/artifacts";
import type { TrainerState } from "@worldmodels/training";

/** A trainer's state and what has been noted on the way, as one file's content. */
export function encodeTrainerCheckpoint(state: TrainerState, history: readonly object[]): Uint8Array {
  return encodeSafetensors(state.tensors, { step: String(state.step), history: JSON.stringify(history) });
}

export function decodeTrainerCheckpoint<H extends object>(
  bytes: Uint8Array,
): { readonly state: TrainerState; readonly history: readonly H[] } {
  const { tensors, metadata } = decodeSafetensors(bytes, "the training checkpoint");
  return {
    state: { step: Number(metadata["step"]), tensors: asWeights(tensors, "the training checkpoint") },
    history: JSON.parse(metadata["history"] ?? "[]") as readonly H[],
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
