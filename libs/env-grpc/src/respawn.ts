import { SlotStatus } from "@worldmodels/env";
import type { Batch, ObservationArray, VectorEnv } from "@worldmodels/env";

/** The slots of a batch whose engines have died. */
export function faultedSlots(batch: Batch): number[] {
  // Most batches have none, and this looks at every one.
  if (!batch.statuses.includes(SlotStatus.FAULTED)) return [];
  return batch.slots.filter((_, row) => batch.statuses[row] === SlotStatus.FAULTED);
}

/** Begins new episodes in faulted slots: the batch as it was, with their first observations and numbers in it. */
export async function respawn(env: VectorEnv, batch: Batch, slots: readonly number[]): Promise<Batch> {
  const names = Object.keys(batch.observations);
  // The reset writes over the buffers that the batch lies in.
  const kept = copyBatch(batch);
  const begun = await env.reset({ slots, observations: names });
  for (const [from, slot] of slots.entries()) {
    const to = kept.slots.indexOf(slot);
    kept.episodeNumbers[to] = begun.episodeNumbers[from] ?? 0;
    kept.stepNumbers[to] = begun.stepNumbers[from] ?? 0;
    for (const name of names) {
      const [source, target] = [begun.observations[name], kept.observations[name]];
      if (source === undefined || target === undefined) continue;
      const size = source.length / slots.length;
      target.set(source.subarray(from * size, (from + 1) * size), to * size);
    }
  }
  return kept;
}

function copyBatch(batch: Batch): Batch {
  const copyAll = (arrays: Readonly<Record<string, ObservationArray>>) =>
    Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, array.slice()]));
  return {
    slots: batch.slots,
    observations: copyAll(batch.observations),
    finalObservations: batch.finalObservations && copyAll(batch.finalObservations),
    rewards: batch.rewards.slice(),
    terminated: batch.terminated.slice(),
    truncated: batch.truncated.slice(),
    statuses: batch.statuses.slice(),
    episodeNumbers: batch.episodeNumbers.slice(),
    stepNumbers: batch.stepNumbers.slice(),
    info: Object.fromEntries(
      Object.entries(batch.info).map(([name, { values, present }]) => [
        name,
        { values: values.slice(), present: present.slice() },
      ]),
    ),
    endedEpisodes: batch.endedEpisodes,
  };
}
