import type { Engine } from "./engine.js";
import { SlotPhase } from "./slot-table.js";
import type { SlotRecord, SlotTable } from "./slot-table.js";

/** An engine that can give and take a slot's state. */
export type SnapshotEngine = Engine & Required<Pick<Engine, "snapshot" | "restore">>;

export function hasSnapshots(engine: Engine): engine is SnapshotEngine {
  return engine.snapshot !== undefined && engine.restore !== undefined;
}

/** What is to be put into a slot. */
export interface SlotState {
  readonly slot: number;
  readonly record: SlotRecord;
  readonly state: Uint8Array;
}

/** Puts all the states in place or none: what slots held comes back where the engine refuses a later one. */
export async function restoreSlots(
  engine: SnapshotEngine,
  table: SlotTable,
  entries: readonly SlotState[],
): Promise<void> {
  const before: { slot: number; state: Uint8Array | undefined }[] = [];
  try {
    for (const { slot, state } of entries) {
      const phase = table.phase(slot);
      const hasState = phase === SlotPhase.RUNNING || phase === SlotPhase.ENDED;
      // A single restore is atomic in the engine itself.
      const kept = entries.length > 1 && hasState ? engine.snapshot(slot) : undefined;
      const pending = engine.restore(slot, state);
      if (pending) await pending;
      before.push({ slot, state: kept });
    }
  } catch (error) {
    for (const { slot, state } of before) if (state) await engine.restore(slot, state);
    throw error;
  }
  for (const { slot, record } of entries) table.restore(slot, record);
}
