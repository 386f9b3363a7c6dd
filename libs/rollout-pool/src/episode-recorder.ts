import type { EpisodeWatcher } from "@worldmodels/agent";
import type { VectorEnv } from "@worldmodels/env";
import { createRecordWriter, toRecord } from "@worldmodels/episodes";
import type { RolloutSetup, RolloutTask } from "./rollouts.js";

/** The observation that is recorded, and that V learns from. */
export const RECORDED_OBSERVATION = "wm64";

/** Watches episodes and writes each, when it has ended, into a recording's work folder. */
export interface EpisodeRecorder extends EpisodeWatcher<RolloutTask & { readonly id: number }> {
  /** Resolves when the episode of this task is safely on disk, or at once where it was too short to be kept. */
  written(id: number): Promise<void>;
}

interface Recording {
  readonly frames: Uint8Array[];
  readonly actions: number[];
  readonly rewards: number[];
  readonly terminated: number[];
  readonly truncated: number[];
}

/** @param setup its layout is as `episodesLayout` makes it; the collector made the folder's with the same */
export async function createEpisodeRecorder(
  { folder, layout, minSteps = 0 }: NonNullable<RolloutSetup["record"]>,
  env: VectorEnv,
): Promise<EpisodeRecorder> {
  const writer = await createRecordWriter(folder, layout);
  const frameSize = (env.spec.observations[RECORDED_OBSERVATION]?.shape ?? []).reduce((a, b) => a * b, 1);
  const recordings = new Map<number, Recording>();
  const writes = new Map<number, Promise<void>>();

  /** Copies the frame of a row: the batch is valid only until the next step. */
  const frameOf = ({ batch, row }: Parameters<EpisodeRecorder["onBegin"]>[2]): Uint8Array => {
    const frames = batch.observations[RECORDED_OBSERVATION] ?? new Uint8Array();
    return Uint8Array.from(frames.subarray(row * frameSize, (row + 1) * frameSize));
  };
  return {
    observationNames: [RECORDED_OBSERVATION],
    onBegin(slot, _task, first) {
      recordings.set(slot, {
        frames: [frameOf(first)],
        actions: [],
        rewards: [],
        terminated: [],
        truncated: [],
      });
    },
    onStep(slot, _task, action, after) {
      const recording = recordings.get(slot);
      if (recording === undefined) return;
      const { batch, row } = after;
      recording.actions.push(...action);
      recording.rewards.push(batch.rewards[row] ?? NaN);
      recording.terminated.push(batch.terminated[row] ?? 0);
      recording.truncated.push(batch.truncated[row] ?? 0);
      recording.frames.push(frameOf(after));
    },
    onEnd(slot, task) {
      const recording = recordings.get(slot);
      if (recording === undefined) return;
      recordings.delete(slot);
      if (recording.rewards.length < minSteps) return;
      // The frame after the last action is not kept: no action follows it.
      recording.frames.pop();
      const frames = new Uint8Array(recording.frames.length * frameSize);
      recording.frames.forEach((frame, step) => {
        frames.set(frame, step * frameSize);
      });
      const episode = toRecord({
        frames,
        actions: Float32Array.from(recording.actions),
        rewards: Float64Array.from(recording.rewards),
        terminated: Uint8Array.from(recording.terminated),
        truncated: Uint8Array.from(recording.truncated),
        seed: task.seed,
      });
      writes.set(task.id, writer.put(task.index, episode));
    },
    async written(id) {
      await writes.get(id);
      writes.delete(id);
    },
  };
}
