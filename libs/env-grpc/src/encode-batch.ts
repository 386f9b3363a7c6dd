import { BinaryWriter } from "@bufbuild/protobuf/wire";
import type { Batch, EnvSpec, ObservationArray } from "@worldmodels/env";
import { bytesOf, toTensor } from "@worldmodels/grpc-kit";
import { Batch as BatchMessage } from "@worldmodels/proto/env";
import { Tensor } from "@worldmodels/proto/tensor";
import { ScatteredMessage } from "./scattered-message.js";

/** What a service adds to a batch. */
export interface BatchFacts {
  /** Nanoseconds that the environment worked. */
  readonly durationNs: bigint;
  /** Seconds that each of the batch's ended episodes took. */
  readonly endedSeconds: readonly number[];
  /** In replies to Reset: the seed of each row, undefined where its stream goes on. */
  readonly seeds?: readonly (bigint | undefined)[];
}

/** Field `batch` of InteractResponse; fields `observations` and `final_observations` of Batch; `data` of Tensor. */
const BATCH_TAG = (3 << 3) | 2;
const OBSERVATION_TAG = (2 << 3) | 2;
const FINAL_OBSERVATION_TAG = (3 << 3) | 2;
const ENTRY_KEY_TAG = (1 << 3) | 2;
const ENTRY_VALUE_TAG = (2 << 3) | 2;
const TENSOR_DATA_TAG = (3 << 3) | 2;

const NO_BYTES = new Uint8Array(0);

/**
 * InteractResponses that are batches of one environment. Generated code copies a picture once for each of the four messages
 * that it is nested in; here the heads of those messages are made by hand, once per number of rows, and the arrays put
 * behind them as views.
 */
export class BatchEncoder {
  readonly #spec: EnvSpec;
  readonly #heads = new Map<string, Uint8Array>();

  constructor(spec: EnvSpec) {
    this.#spec = spec;
  }

  /** @returns with views of the batch's arrays in it: to be sent, or kept, before the environment goes on */
  encode(batch: Batch, facts: BatchFacts): ScatteredMessage {
    const pieces: Uint8Array[] = [BatchMessage.encode(withoutArrays(batch, facts)).finish()];
    const rows = batch.slots.length;
    for (const [name, array] of Object.entries(batch.observations)) {
      pieces.push(this.#head(OBSERVATION_TAG, name, array, rows), bytesOf(array));
    }
    if (batch.finalObservations && batch.endedEpisodes.length > 0) {
      for (const [name, array] of Object.entries(batch.finalObservations)) {
        pieces.push(this.#head(FINAL_OBSERVATION_TAG, name, array, rows), bytesOf(endedRows(array, batch)));
      }
    }
    const size = pieces.reduce((sum, { length }) => sum + length, 0);
    pieces.unshift(new BinaryWriter().uint32(BATCH_TAG).uint32(size).finish());
    return new ScatteredMessage(pieces);
  }

  /** What comes before the bytes of an array: the beginnings of map entry, tensor and data. */
  #head(tag: number, name: string, array: ObservationArray, rows: number): Uint8Array {
    const key = `${tag} ${rows} ${name}`;
    const known = this.#heads.get(key);
    if (known) return known;
    const size = array.byteLength;
    const shape = [rows, ...(this.#spec.observations[name]?.shape ?? [])];
    const described = Tensor.encode({ ...toTensor(array, shape), data: NO_BYTES }).finish();
    const tensor = new BinaryWriter().raw(described).uint32(TENSOR_DATA_TAG).uint32(size).finish();
    const entry = new BinaryWriter()
      .uint32(ENTRY_KEY_TAG)
      .string(name)
      .uint32(ENTRY_VALUE_TAG)
      .uint32(tensor.length + size)
      .raw(tensor)
      .finish();
    const head = new BinaryWriter()
      .uint32(tag)
      .uint32(entry.length + size)
      .raw(entry)
      .finish();
    this.#heads.set(key, head);
    return head;
  }
}

/** The rows of episodes that have ended; zeros in the place of the others, whose content is whatever was there before. */
function endedRows(array: ObservationArray, { slots, endedEpisodes }: Batch): ObservationArray {
  const kept = array.slice().fill(0);
  const size = array.length / slots.length;
  for (const { slot } of endedEpisodes) {
    const row = slots.indexOf(slot);
    kept.set(array.subarray(row * size, (row + 1) * size), row * size);
  }
  return kept;
}

function withoutArrays(batch: Batch, { durationNs, endedSeconds, seeds = [] }: BatchFacts): BatchMessage {
  return {
    slots: batch.slots as number[],
    observations: {},
    finalObservations: {},
    rewards: numbersOf(batch.rewards),
    terminated: batch.terminated,
    truncated: batch.truncated,
    statuses: batch.statuses,
    episodeNumbers: numbersOf(batch.episodeNumbers),
    stepNumbers: numbersOf(batch.stepNumbers),
    info: Object.fromEntries(
      Object.entries(batch.info).map(([name, { values, present }]) => [
        name,
        { values: numbersOf(values), present },
      ]),
    ),
    endedEpisodes: batch.endedEpisodes.map((ended, i) => ({
      ...ended,
      durationSeconds: endedSeconds[i] ?? 0,
    })),
    durationNs,
    seeds: seeds.map((seed) => seed ?? 0n),
    seeded: Uint8Array.from(seeds, (seed) => (seed === undefined ? 0 : 1)),
  };
}

/** Generated code only asks how long a list is and goes through it, which a typed array can do as well. */
function numbersOf(array: Float64Array | Uint32Array): number[] {
  return array as unknown as number[];
}
